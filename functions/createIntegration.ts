import * as v from "valibot";
import { createIntegration } from "../lib/apps/integrations.ts";
import { fieldsOf, isIntegrationType } from "../lib/apps/integrationTypes.ts";
import { channelSettings } from "../lib/channels/channelSettings.ts";
import { publicIntegration, publicWebhook } from "../lib/http/answers/rest.ts";
import { appOperation } from "../lib/http/rest.ts";
import { customWebhooks, integrationSchema } from "../lib/http/schemas/integrationSchemas.ts";
import { validate } from "../lib/http/schemas/validate.ts";
import { apiError } from "../lib/model/apiError.ts";
import { isChannelType } from "../lib/model/channel.ts";
import { newWebhook, webhookLimit } from "../lib/model/events/webhook.ts";
import { newSecret } from "../lib/model/id.ts";
import { unservedTypes } from "../lib/model/integration.ts";
import { restRuntime } from "../lib/runtime.ts";

export const body = v.looseObject({ type: v.string() });

/**
 * Creates an integration with a front end or channel. Secrets of our choice are generated, and every secret is shown
 * only in this answer, but for those of webhooks.
 */
export const handler = appOperation("createIntegration", body, restRuntime, async (call, runtime) => {
  const { app, body, request, now } = call;
  const { type } = body;
  const specification = fieldsOf(type);
  if (unservedTypes.some((unserved) => unserved === type)) throw apiError.notOffered(`integrations of type ${type}`);
  if (!specification || !isIntegrationType(type)) throw apiError.badRequest("Invalid integration type");
  const isCustom = type === "custom";
  const { displayName, ...values } = validate(integrationSchema(specification, "create", isCustom), body);
  const [given] = (isCustom ? validate(customWebhooks, body).webhooks : undefined) ?? [];
  requireOneOf(type, values);
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
  const webhook = given && newWebhook({ id: runtime.newId(), integrationId: id }, given, now);
  const outcome = await createIntegration(runtime, integration, webhook);
  if (outcome === "no app") throw apiError.appNotFound();
  if (outcome === "too many webhooks") throw apiError.tooManyWebhooks(webhookLimit);
  const shown = {
    secrets: true,
    webhookUrl: isChannelType(type) ? runtime.webhookUrl(id, request) : undefined,
    webhooks: webhook && [publicWebhook(webhook, now)],
  };
  return { status: 201, body: { integration: publicIntegration(integration, specification, shown) } };
});

/** Refuses an integration without any field of a group of which its channel needs one. */
function requireOneOf(type: string, values: Readonly<Record<string, unknown>>): void {
  const missing = (isChannelType(type) ? (channelSettings[type].oneOf ?? []) : []).filter(
    (group) => !group.some((name) => values[name]),
  );
  if (missing.length > 0)
    throw apiError.badRequest(
      ...missing.map((group) => `should have one of the properties ${group.map((name) => `'${name}'`).join(", ")}`),
    );
}
