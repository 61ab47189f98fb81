import { publicKey } from "../lib/domain/apiKey.ts";
import { appOperation } from "../lib/http/rest.ts";
import { runtime } from "../lib/runtime.ts";

/** Not paginated, as documented: an app has at most ten keys. */
export const handler = appOperation("listAppKeys", undefined, runtime, async ({ app }, { apiKeys }) => ({
  status: 200,
  body: { keys: (await apiKeys.list({ appId: app.id })).map(publicKey) },
}));
