import { findCalledWebhook } from "../lib/apps/integrationWebhooks.ts";
import { pingTarget } from "../lib/events/webhooks/pingTarget.ts";
import { publicAttempt } from "../lib/http/answers/rest.ts";
import { appOperation } from "../lib/http/rest.ts";
import { eventRuntime, restRuntime } from "../lib/runtime.ts";

const targetAccess = { range: eventRuntime.webhookTargets };

/** Sends a webhook's target an event that says nothing, once and at once, and tells how it answered. */
export const handler = appOperation("pingWebhook", undefined, restRuntime, async (call, runtime) => {
  const webhook = await findCalledWebhook(runtime, call);
  const { status, attempt } = await pingTarget({ ...runtime, targetAccess }, { appId: call.app.id, webhook });
  return { status: 200, body: { delivery: { status, ...publicAttempt(attempt) } } };
});
