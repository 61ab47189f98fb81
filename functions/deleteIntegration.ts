import { deleteIntegration } from "../lib/apps/integrations.ts";
import { appOperation } from "../lib/http/rest.ts";
import { apiError } from "../lib/model/apiError.ts";
import { restRuntime } from "../lib/runtime.ts";

/** Disconnects a front end or channel and deletes its API keys. Users and messages stay. */
export const handler = appOperation("deleteIntegration", undefined, restRuntime, async ({ app, params }, runtime) => {
  const id = params.integrationId ?? "";
  const keyIds = await deleteIntegration(runtime, app.id, id);
  runtime.cache.integrations.delete(id);
  if (!keyIds) throw apiError.integrationNotFound();
  for (const keyId of keyIds) runtime.cache.keys.delete(keyId);
  return { status: 200, body: {} };
});
