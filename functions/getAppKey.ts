import { findApiKey } from "../lib/apps/apiKeys.ts";
import { publicKey } from "../lib/http/answers/rest.ts";
import { appOperation } from "../lib/http/rest.ts";
import { apiError } from "../lib/model/apiError.ts";
import { restRuntime } from "../lib/runtime.ts";

export const handler = appOperation("getAppKey", undefined, restRuntime, async ({ app, params }, runtime) => {
  const key = await findApiKey(runtime, params.keyId ?? "");
  if (key?.appId !== app.id || key.scope !== "app") throw apiError.notFound();
  return { status: 200, body: { key: publicKey(key) } };
});
