import { changeCalledWebhook } from "../lib/apps/integrationWebhooks.ts";
import { appOperation } from "../lib/http/rest.ts";
import { restRuntime } from "../lib/runtime.ts";

export const handler = appOperation("deleteWebhook", undefined, restRuntime, async (call, runtime) => {
  await changeCalledWebhook(runtime, call, () => "removed");
  return { status: 200, body: {} };
});
