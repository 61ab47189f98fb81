import { refuse } from "../lib/domain/refusal.ts";
import { pipeline } from "../lib/http/pipeline.ts";
import { sdkIntegration } from "../lib/http/sdk.ts";
import { runtime } from "../lib/sdkRuntime.ts";

/** What an SDK reads first: the app it belongs to, where to send everything else, and how to retry. */
export const handler = pipeline("sdkGetConfig", "sdk", runtime, async (request) => {
  const integration = await sdkIntegration(runtime, request.params.integrationId ?? "", undefined, request);
  const app = await runtime.findApp(integration.appId);
  if (!app) throw refuse.integrationNotFound();
  const baseUrl = `${runtime.publicUrl(request)}/sdk`;
  return {
    status: 200,
    body: {
      config: {
        app: {
          _id: app.id,
          status: "active",
          name: app.displayName,
          settings: { multiConvoEnabled: app.settings.multiConvoEnabled },
        },
        // Android's HTTP client refuses a base URL without the slash.
        baseUrl: { web: baseUrl, android: `${baseUrl}/`, ios: baseUrl },
        integration: {
          _id: integration.id,
          type: integration.type,
          canUserSeeConversationList: integration.fields.canUserSeeConversationList ?? true,
          canUserCreateMoreConversations: integration.fields.canUserCreateMoreConversations ?? false,
        },
        integrations: [],
        style: {},
        restRetryPolicy: { intervals: { regular: 60, aggressive: 15 }, backoffMultiplier: 2, maxRetries: 5 },
      },
    },
  };
});
