import { refuse } from "../lib/domain/refusal.ts";
import { runtime } from "../lib/erasureRuntime.ts";
import { accountOperation } from "../lib/http/rest.ts";

/**
 * Deletes an app with its keys and integrations: nothing of it is reached any more. Its people, their conversations and
 * messages follow (`eraseDeletedApps`).
 */
export const handler = accountOperation(
  "deleteApp",
  undefined,
  runtime,
  async ({ params: { appId = "" }, now }, { deleteApp, tenants }) => {
    const deleted = await deleteApp(appId, now);
    tenants.forgetApp(appId);
    if (!deleted) throw refuse.appNotFound();
    for (const keyId of deleted.keyIds) tenants.forgetKey(keyId);
    for (const integrationId of deleted.integrationIds) tenants.forgetIntegration(integrationId);
    return { status: 200, body: {} };
  },
);
