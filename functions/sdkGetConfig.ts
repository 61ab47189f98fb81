import { sdkConfig } from "../lib/http/answers/sdkConfig.ts";
import { pipeline } from "../lib/http/pipeline.ts";
import { sdkIntegration } from "../lib/http/sdk.ts";
import { apiError } from "../lib/model/apiError.ts";
import { sdkRuntime } from "../lib/runtime.ts";

/**
 * Answers the configuration that an SDK reads first: its app, the base URL of all other requests, and the retry policy.
 */
export const handler = pipeline("sdkGetConfig", "sdk", sdkRuntime, async (request) => {
  const runtime = sdkRuntime;
  const integration = await sdkIntegration(runtime, request.params.integrationId ?? "", undefined, request);
  const app = await runtime.findApp(integration.appId);
  if (!app) throw apiError.integrationNotFound();
  const body = { config: sdkConfig(app, integration, `${runtime.publicUrl(request)}/sdk`) };
  // The answer holds the requested host, so it is not for any other client.
  return { status: 200, body, headers: { "cache-control": "no-store" } };
});
