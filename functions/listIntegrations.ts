import { listIntegrations } from "../lib/apps/integrations.ts";
import { fieldsOf, isIntegrationType } from "../lib/apps/integrationTypes.ts";
import { findWebhooks } from "../lib/apps/webhooks.ts";
import { publicIntegration, publicWebhook } from "../lib/http/answers/rest.ts";
import { appOperation } from "../lib/http/rest.ts";
import { apiError } from "../lib/model/apiError.ts";
import { isChannelType } from "../lib/model/channel.ts";
import { unservedTypes } from "../lib/model/integration.ts";
import { restRuntime } from "../lib/runtime.ts";

export const handler = appOperation("listIntegrations", undefined, restRuntime, async (call, runtime) => {
  const { app, query, page, listed, request, now } = call;
  const pageQuery = page();
  const types = query.get("filter[types]")?.split(",").filter(Boolean) ?? [];
  const isKnown = (type: string) => isIntegrationType(type) || unservedTypes.some((unserved) => unserved === type);
  if (!types.every(isKnown)) throw apiError.badRequest("Invalid query parameters");
  const found = await listIntegrations(runtime, app.id, types.length === 0 ? undefined : types, pageQuery);
  const webhooks = found.records.some(({ type }) => type === "custom")
    ? ((await findWebhooks(runtime, [app.id])).get(app.id)?.webhooks ?? [])
    : [];
  return listed("integrations", found, (integration) =>
    publicIntegration(integration, fieldsOf(integration.type) ?? {}, {
      secrets: false,
      webhookUrl: isChannelType(integration.type) ? runtime.webhookUrl(integration.id, request) : undefined,
      webhooks: webhooks
        .filter(({ integrationId }) => integrationId === integration.id)
        .map((webhook) => publicWebhook(webhook, now)),
    }),
  );
});
