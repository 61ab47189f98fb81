import { findCalledIntegration, listWebhooks } from "../lib/apps/integrationWebhooks.ts";
import { publicWebhook } from "../lib/http/answers/rest.ts";
import { appOperation } from "../lib/http/rest.ts";
import { restRuntime } from "../lib/runtime.ts";

export const handler = appOperation("listWebhooks", undefined, restRuntime, async (call, runtime) => {
  const webhooks = await listWebhooks(runtime, await findCalledIntegration(runtime, call));
  return { status: 200, body: { webhooks: webhooks.map((webhook) => publicWebhook(webhook, call.now)) } };
});
