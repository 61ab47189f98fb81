import { findCalledWebhook } from "../lib/apps/integrationWebhooks.ts";
import { listDeliveries } from "../lib/events/webhooks/deliveryRecords.ts";
import { publicDelivery } from "../lib/http/answers/rest.ts";
import { appOperation } from "../lib/http/rest.ts";
import { restRuntime } from "../lib/runtime.ts";

/** Lists what was delivered to a webhook within the last seven days, newest first. */
export const handler = appOperation("listWebhookDeliveries", undefined, restRuntime, async (call, runtime) => {
  const page = call.page();
  const { id } = await findCalledWebhook(runtime, call);
  const found = await listDeliveries(runtime.db, { appId: call.app.id, webhookId: id }, page, call.now);
  return call.listed("deliveries", found, publicDelivery);
});
