import { findCalledWebhook } from "../lib/apps/integrationWebhooks.ts";
import { replayDelivery } from "../lib/events/webhooks/replayDelivery.ts";
import { publicDelivery } from "../lib/http/answers/rest.ts";
import { appOperation } from "../lib/http/rest.ts";
import { eventRuntime, restRuntime } from "../lib/runtime.ts";

/** Delivers an event to a webhook again, under the same event id. */
export const handler = appOperation("replayWebhookDelivery", undefined, restRuntime, async (call) => {
  const { id } = await findCalledWebhook(restRuntime, call);
  const addressee = { appId: call.app.id, webhookId: id };
  const delivery = await replayDelivery(eventRuntime, addressee, call.params.deliveryId ?? "", call.now);
  return { status: 200, body: { delivery: publicDelivery(delivery) } };
});
