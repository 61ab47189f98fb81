import { publicKey } from "../lib/domain/apiKey.ts";
import { refuse } from "../lib/domain/refusal.ts";
import { appOperation } from "../lib/http/rest.ts";
import { runtime } from "../lib/runtime.ts";

export const handler = appOperation("getAppKey", undefined, runtime, async ({ app, params }, { apiKeys }) => {
  const key = await apiKeys.find(params.keyId ?? "");
  if (key?.appId !== app.id || key.scope !== "app") throw refuse.notFound();
  return { status: 200, body: { key: publicKey(key) } };
});
