import { changeCalledWebhook } from "../lib/apps/integrationWebhooks.ts";
import { publicWebhook } from "../lib/http/answers/rest.ts";
import { appOperation } from "../lib/http/rest.ts";
import { webhookChangeBody } from "../lib/http/schemas/webhookSchemas.ts";
import { changedWebhook } from "../lib/model/events/webhook.ts";
import { restRuntime } from "../lib/runtime.ts";

export const body = webhookChangeBody;

/** Changes what the body has of a webhook. Another secret is the only one at once; `rotateWebhookSecret` keeps both. */
export const handler = appOperation("updateWebhook", body, restRuntime, async (call, runtime) => {
  const webhook = await changeCalledWebhook(runtime, call, (current) => changedWebhook(current, call.body));
  return { status: 200, body: { webhook: publicWebhook(webhook, call.now) } };
});
