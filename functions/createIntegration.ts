import * as v from "valibot";
import { createIntegration, deleteIntegration } from "../lib/apps/integrations.ts";
import { fieldsOf, isIntegrationType } from "../lib/apps/integrationTypes.ts";
import { channelSettings } from "../lib/channels/channelSettings.ts";
import { checkAccount, registerWebhook } from "../lib/channels/outbound/registerWebhook.ts";
import { publicIntegration, publicWebhook } from "../lib/http/answers/rest.ts";
import { type AppCall, appOperation } from "../lib/http/rest.ts";
import { customWebhooks, integrationSchema } from "../lib/http/schemas/integrationSchemas.ts";
import { validate } from "../lib/http/schemas/validate.ts";
import { apiError } from "../lib/model/apiError.ts";
import { type Credentials, isChannelType } from "../lib/model/channel.ts";
import { newWebhook, webhookLimit } from "../lib/model/events/webhook.ts";
import { newSecret } from "../lib/model/id.ts";
import { type Integration, unservedTypes } from "../lib/model/integration.ts";
import { restRuntime } from "../lib/runtime.ts";

export const body = v.looseObject({ type: v.string(), registerWebhook: v.nullish(v.boolean()) });

type Call = AppCall<v.InferOutput<typeof body>>;

/**
 * Creates an integration with a front end or channel. Secrets of our choice are generated, and every secret is shown
 * only in this answer, but for those of webhooks. With `registerWebhook`, which is ours, the channel's provider is asked
 * whether it takes the credentials, and is told where it delivers what people write; without it no provider is called.
 */
export const handler = appOperation("createIntegration", body, restRuntime, async (call, runtime) => {
  const { body, request, now } = call;
  const { type, registerWebhook: registers } = body;
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
  const fields = Object.fromEntries([
    ...Object.entries(values).filter(([, value]) => value !== null && value !== undefined),
    ...generated,
  ]);
  const integration: Integration = {
    id,
    appId: call.app.id,
    type,
    status: "active",
    displayName: typeof displayName === "string" && displayName !== "" ? displayName : undefined,
    fields: registers ? { ...(await learnedFields(type, fields)), ...fields } : fields,
  };
  const webhook = given && newWebhook({ id: runtime.newId(), integrationId: id }, given, now);
  const outcome = await createIntegration(runtime, integration, webhook);
  if (outcome === "no app") throw apiError.appNotFound();
  if (outcome === "too many webhooks") throw apiError.tooManyWebhooks(webhookLimit);
  if (registers) await register(call, integration);
  const shown = {
    secrets: true,
    webhookUrl: isChannelType(type) ? runtime.webhookUrl(id, request) : undefined,
    webhooks: webhook && [publicWebhook(webhook, now)],
  };
  return { status: 201, body: { integration: publicIntegration(integration, specification, shown) } };
});

/**
 * Asks the provider about the account. Answers what its owner need not give.
 * @throws ApiError `bad_request` if there is no such account, or the type is no channel
 */
async function learnedFields(type: string, fields: Integration["fields"]): Promise<Integration["fields"]> {
  if (!isChannelType(type)) throw apiError.badRequest("registerWebhook is available only for channels");
  const checked = await checkAccount(restRuntime, { type, credentials: fields as Credentials });
  if (checked.kind === "trouble") throw apiError.badRequest(checked.title);
  return checked.learned;
}

/**
 * Registers the webhook: some providers call it at once, so the integration is there already, and is taken back if they
 * refuse.
 * @throws ApiError `bad_request` if they do
 */
async function register({ request }: Call, { id, appId, type, fields }: Integration): Promise<void> {
  if (!isChannelType(type)) return;
  const account = { type, credentials: fields as Credentials };
  const registered = await registerWebhook(restRuntime, account, restRuntime.webhookUrl(id, request));
  if (registered.kind === "registered") return;
  await deleteIntegration(restRuntime, appId, id);
  restRuntime.cache.integrations.delete(id);
  throw apiError.badRequest(registered.title);
}

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
