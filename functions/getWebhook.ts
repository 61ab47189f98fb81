import { findCalledWebhook } from "../lib/apps/integrationWebhooks.ts";
import { publicWebhook } from "../lib/http/answers/rest.ts";
import { appOperation } from "../lib/http/rest.ts";
import { restRuntime } from "../lib/runtime.ts";

export const handler = appOperation("getWebhook", undefined, restRuntime, async (call, runtime) => {
  const webhook = await findCalledWebhook(runtime, call);
  return { status: 200, body: { webhook: publicWebhook(webhook, call.now) } };
});
