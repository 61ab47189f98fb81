import { refuse } from "../lib/domain/refusal.ts";
import { pipeline } from "../lib/http/pipeline.ts";
import { sdkIntegration } from "../lib/http/sdk.ts";
import { sdkConfig } from "../lib/http/sdkConfig.ts";
import { runtime } from "../lib/sdkRuntime.ts";

/** What an SDK reads first: the app it belongs to, where to send everything else, and how to retry. */
export const handler = pipeline("sdkGetConfig", "sdk", runtime, async (request) => {
  const integration = await sdkIntegration(runtime, request.params.integrationId ?? "", undefined, request);
  const app = await runtime.findApp(integration.appId);
  if (!app) throw refuse.integrationNotFound();
  const body = { config: sdkConfig(app, integration, `${runtime.publicUrl(request)}/sdk`) };
  // It names the host that was asked, and is nobody else's.
  return { status: 200, body, headers: { "cache-control": "no-store" } };
});
