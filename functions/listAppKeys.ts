import { listApiKeys } from "../lib/apps/apiKeys.ts";
import { publicKey } from "../lib/http/answers/rest.ts";
import { appOperation } from "../lib/http/rest.ts";
import { restRuntime } from "../lib/runtime.ts";

/** Lists an app's API keys. Not paginated, as documented: an app has at most ten. */
export const handler = appOperation("listAppKeys", undefined, restRuntime, async ({ app }, runtime) => ({
  status: 200,
  body: { keys: (await listApiKeys(runtime, { appId: app.id })).map(publicKey) },
}));
