import { deleteApiKey } from "../lib/apps/apiKeys.ts";
import { appOperation } from "../lib/http/rest.ts";
import { apiError } from "../lib/model/apiError.ts";
import { restRuntime } from "../lib/runtime.ts";

export const handler = appOperation("deleteAppKey", undefined, restRuntime, async ({ app, params }, runtime) => {
  const keyId = params.keyId ?? "";
  const deleted = await deleteApiKey(runtime, { appId: app.id }, keyId);
  runtime.cache.keys.delete(keyId);
  if (!deleted) throw apiError.notFound();
  return { status: 200, body: {} };
});
