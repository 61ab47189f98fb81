import { isChannelType } from "../lib/domain/channel.ts";
import { publicIntegration } from "../lib/domain/integration.ts";
import { refuse } from "../lib/domain/refusal.ts";
import { appOperation } from "../lib/http/rest.ts";
import { fieldsOf } from "../lib/integrationTypes.ts";
import { runtime } from "../lib/runtime.ts";

export const handler = appOperation(
  "getIntegration",
  undefined,
  runtime,
  async (call, { integrations, webhookUrl }) => {
    const integration = await integrations.find(call.params.integrationId ?? "");
    if (integration?.appId !== call.app.id) throw refuse.integrationNotFound();
    const shown = {
      secrets: false,
      webhookUrl: isChannelType(integration.type) ? webhookUrl(integration.id, call.request) : undefined,
    };
    return {
      status: 200,
      body: { integration: publicIntegration(integration, fieldsOf(integration.type) ?? {}, shown) },
    };
  },
);
