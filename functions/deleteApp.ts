import { deleteApp } from "../lib/apps/apps.ts";
import { accountOperation } from "../lib/http/rest.ts";
import { apiError } from "../lib/model/apiError.ts";
import { restRuntime } from "../lib/runtime.ts";

/**
 * Deletes an app with its keys and integrations, so that no request reaches it any more. `eraseDeletedApps` deletes its
 * users, conversations and messages.
 */
export const handler = accountOperation("deleteApp", undefined, restRuntime, async ({ params, now }, runtime) => {
  const { appId = "" } = params;
  const deleted = await deleteApp(runtime, appId, now);
  runtime.cache.apps.delete(appId);
  if (!deleted) throw apiError.appNotFound();
  for (const keyId of deleted.keyIds) runtime.cache.keys.delete(keyId);
  for (const integrationId of deleted.integrationIds) runtime.cache.integrations.delete(integrationId);
  return { status: 200, body: {} };
});
