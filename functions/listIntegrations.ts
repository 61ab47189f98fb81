import { isChannelType } from "../lib/domain/channel.ts";
import { publicIntegration, unservedTypes } from "../lib/domain/integration.ts";
import { refuse } from "../lib/domain/refusal.ts";
import { appOperation } from "../lib/http/rest.ts";
import { fieldsOf, isIntegrationType } from "../lib/integrationTypes.ts";
import { runtime } from "../lib/runtime.ts";

export const handler = appOperation(
  "listIntegrations",
  undefined,
  runtime,
  async (call, { integrations, webhookUrl }) => {
    const { app, query, page, listed, request } = call;
    const asked = page();
    const types = query.get("filter[types]")?.split(",").filter(Boolean) ?? [];
    const isKnown = (type: string) => isIntegrationType(type) || unservedTypes.some((known) => known === type);
    if (!types.every(isKnown)) throw refuse.badRequest("Invalid query parameters");
    const found = await integrations.list(app.id, types.length === 0 ? undefined : types, asked);
    return listed(
      "integrations",
      found,
      (integration) => integration.id,
      (integration) =>
        publicIntegration(integration, fieldsOf(integration.type) ?? {}, {
          secrets: false,
          webhookUrl: isChannelType(integration.type) ? webhookUrl(integration.id, request) : undefined,
        }),
    );
  },
);
