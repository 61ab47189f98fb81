import * as v from "valibot";
import { isChannelType } from "../lib/domain/channel.ts";
import { publicIntegration } from "../lib/domain/integration.ts";
import { refuse } from "../lib/domain/refusal.ts";
import { integrationSchema } from "../lib/http/integrationSchemas.ts";
import { appOperation } from "../lib/http/rest.ts";
import { validate } from "../lib/http/validate.ts";
import { fieldsOf } from "../lib/integrationTypes.ts";
import { runtime } from "../lib/runtime.ts";

export const body = v.looseObject({});

/** Changes the name and fields of an integration, so a secret can be rotated; `null` clears. */
export const handler = appOperation(
  "updateIntegration",
  body,
  runtime,
  async (call, { integrations, tenants, webhookUrl }) => {
    const standing = await integrations.find(call.params.integrationId ?? "");
    if (standing?.appId !== call.app.id) throw refuse.integrationNotFound();
    const specification = fieldsOf(standing.type) ?? {};
    const { displayName, ...change } = validate(integrationSchema(specification, "change"), call.body);
    const cleared = Object.keys(change).filter((name) => change[name] === null && specification[name]?.required);
    if (cleared.length > 0) throw refuse.badRequest(...cleared.map((name) => `${name} should not be null`));
    const integration = await integrations.update(standing.id, (now) => ({
      ...now,
      displayName:
        displayName === undefined ? now.displayName : typeof displayName === "string" ? displayName : undefined,
      fields: Object.fromEntries(
        Object.entries({ ...now.fields, ...change }).filter(([, value]) => value !== null && value !== undefined),
      ),
    }));
    tenants.forgetIntegration(standing.id);
    if (!integration) throw refuse.integrationNotFound();
    const shown = {
      secrets: false,
      webhookUrl: isChannelType(integration.type) ? webhookUrl(integration.id, call.request) : undefined,
    };
    return { status: 200, body: { integration: publicIntegration(integration, specification, shown) } };
  },
);
