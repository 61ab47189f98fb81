import { createWebhook, findCalledIntegration } from "../lib/apps/integrationWebhooks.ts";
import { publicWebhook } from "../lib/http/answers/rest.ts";
import { appOperation } from "../lib/http/rest.ts";
import { newWebhookBody } from "../lib/http/schemas/webhookSchemas.ts";
import { apiError } from "../lib/model/apiError.ts";
import { newWebhook, webhookLimit } from "../lib/model/events/webhook.ts";
import { restRuntime } from "../lib/runtime.ts";

export const body = newWebhookBody;

export const handler = appOperation("createWebhook", body, restRuntime, async (call, runtime) => {
  const { id: integrationId } = await findCalledIntegration(runtime, call);
  const webhook = newWebhook({ id: runtime.newId(), integrationId }, call.body, call.now);
  const outcome = await createWebhook(runtime, call.app.id, webhook);
  if (outcome === "no integration") throw apiError.integrationNotFound();
  if (outcome === "too many") throw apiError.tooManyWebhooks(webhookLimit);
  return { status: 201, body: { webhook: publicWebhook(webhook, call.now) } };
});
