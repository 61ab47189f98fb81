import { findIntegration } from "../lib/apps/integrations.ts";
import { fieldsOf } from "../lib/apps/integrationTypes.ts";
import { listWebhooks } from "../lib/apps/integrationWebhooks.ts";
import { publicIntegration, publicWebhook } from "../lib/http/answers/rest.ts";
import { appOperation } from "../lib/http/rest.ts";
import { apiError } from "../lib/model/apiError.ts";
import { isChannelType } from "../lib/model/channel.ts";
import { restRuntime } from "../lib/runtime.ts";

export const handler = appOperation("getIntegration", undefined, restRuntime, async (call, runtime) => {
  const integration = await findIntegration(runtime, call.params.integrationId ?? "");
  if (integration?.appId !== call.app.id) throw apiError.integrationNotFound();
  const shown = {
    secrets: false,
    webhookUrl: isChannelType(integration.type) ? runtime.webhookUrl(integration.id, call.request) : undefined,
    webhooks:
      integration.type === "custom"
        ? (await listWebhooks(runtime, integration)).map((webhook) => publicWebhook(webhook, call.now))
        : undefined,
  };
  return {
    status: 200,
    body: { integration: publicIntegration(integration, fieldsOf(integration.type) ?? {}, shown) },
  };
});
