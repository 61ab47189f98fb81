import * as v from "valibot";
import { createIntegration } from "../lib/apps/integrations.ts";
import { fieldsOf, isIntegrationType } from "../lib/apps/integrationTypes.ts";
import { channelSettings } from "../lib/channels/channelSettings.ts";
import { publicIntegration } from "../lib/http/answers/rest.ts";
import { appOperation } from "../lib/http/rest.ts";
import { integrationSchema } from "../lib/http/schemas/integrationSchemas.ts";
import { validate } from "../lib/http/schemas/validate.ts";
import { apiError } from "../lib/model/apiError.ts";
import { isChannelType } from "../lib/model/channel.ts";
import { newSecret } from "../lib/model/id.ts";
import { unservedTypes } from "../lib/model/integration.ts";
import { restRuntime } from "../lib/runtime.ts";

export const body = v.looseObject({ type: v.string() });

/**
 * Creates an integration with a front end or channel. Secrets of our choice are generated, and every secret is shown
 * only in this answer.
 */
export const handler = appOperation("createIntegration", body, restRuntime, async ({ app, body, request }, runtime) => {
  const { type } = body;
  const specification = fieldsOf(type);
  if (unservedTypes.some((unserved) => unserved === type)) throw apiError.notOffered(`integrations of type ${type}`);
  if (!specification || !isIntegrationType(type)) throw apiError.badRequest("Invalid integration type");
  const { displayName, ...values } = validate(integrationSchema(specification, "create"), body);
  const missing = (isChannelType(type) ? (channelSettings[type].oneOf ?? []) : []).filter(
    (group) => !group.some((name) => values[name]),
  );
  if (missing.length > 0)
    throw apiError.badRequest(
      ...missing.map((group) => `should have one of the properties ${group.map((name) => `'${name}'`).join(", ")}`),
    );
  const id = runtime.newId();
  const generated = Object.entries(specification).flatMap(([name, field]) =>
    field.generated && !values[name] ? [[name, newSecret()]] : [],
  );
  const integration = {
    id,
    appId: app.id,
    type,
    status: "active" as const,
    displayName: typeof displayName === "string" && displayName !== "" ? displayName : undefined,
    fields: Object.fromEntries([
      ...Object.entries(values).filter(([, value]) => value !== null && value !== undefined),
      ...generated,
    ]),
  };
  await createIntegration(runtime, integration);
  const shown = { secrets: true, webhookUrl: isChannelType(type) ? runtime.webhookUrl(id, request) : undefined };
  return { status: 201, body: { integration: publicIntegration(integration, specification, shown) } };
});
