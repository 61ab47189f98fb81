import { changeCalledWebhook } from "../lib/apps/integrationWebhooks.ts";
import { publicWebhook } from "../lib/http/answers/rest.ts";
import { appOperation } from "../lib/http/rest.ts";
import { withNewSecret } from "../lib/model/events/webhook.ts";
import { restRuntime } from "../lib/runtime.ts";

/**
 * Gives a webhook a new secret. For a day deliveries are signed with both, and their `X-API-Key` is the old one; then
 * the new one is the only one. A call during that day answers the rotation under way.
 */
export const handler = appOperation("rotateWebhookSecret", undefined, restRuntime, async (call, runtime) => {
  const webhook = await changeCalledWebhook(runtime, call, (current) => withNewSecret(current, call.now));
  return { status: 200, body: { webhook: publicWebhook(webhook, call.now) } };
});
