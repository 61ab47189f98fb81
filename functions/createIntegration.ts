import * as v from "valibot";
import { channelSettings } from "../lib/channelSettings.ts";
import { isChannelType } from "../lib/domain/channel.ts";
import { newSecret } from "../lib/domain/id.ts";
import { publicIntegration, unservedTypes } from "../lib/domain/integration.ts";
import { refuse } from "../lib/domain/refusal.ts";
import { integrationSchema } from "../lib/http/integrationSchemas.ts";
import { appOperation } from "../lib/http/rest.ts";
import { validate } from "../lib/http/validate.ts";
import { fieldsOf, isIntegrationType } from "../lib/integrationTypes.ts";
import { runtime } from "../lib/runtime.ts";

export const body = v.looseObject({ type: v.string() });

/** Connects a front end or channel. Secrets that are ours to choose are made here, and every secret is shown this once. */
export const handler = appOperation("createIntegration", body, runtime, async ({ app, body, request }, runtime) => {
  const { type } = body;
  const specification = fieldsOf(type);
  if (unservedTypes.some((known) => known === type)) throw refuse.notOffered(`integrations of type ${type}`);
  if (!specification || !isIntegrationType(type)) throw refuse.badRequest("Invalid integration type");
  const { displayName, ...given } = validate(integrationSchema(specification, "create"), body);
  const missing = (isChannelType(type) ? (channelSettings[type].oneOf ?? []) : []).filter(
    (group) => !group.some((name) => given[name]),
  );
  if (missing.length > 0)
    throw refuse.badRequest(
      ...missing.map((group) => `should have one of the properties ${group.map((name) => `'${name}'`).join(", ")}`),
    );
  const id = runtime.newId();
  const generated = Object.entries(specification).flatMap(([name, field]) =>
    field.generated && !given[name] ? [[name, newSecret()]] : [],
  );
  const integration = {
    id,
    appId: app.id,
    type,
    status: "active" as const,
    displayName: typeof displayName === "string" && displayName !== "" ? displayName : undefined,
    fields: Object.fromEntries([
      ...Object.entries(given).filter(([, value]) => value !== null && value !== undefined),
      ...generated,
    ]),
  };
  await runtime.integrations.create(integration);
  const shown = { secrets: true, webhookUrl: isChannelType(type) ? runtime.webhookUrl(id, request) : undefined };
  return { status: 201, body: { integration: publicIntegration(integration, specification, shown) } };
});
