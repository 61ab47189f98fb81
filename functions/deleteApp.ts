import { refuse } from "../lib/domain/refusal.ts";
import { appOperation } from "../lib/http/rest.ts";
import { runtime } from "../lib/runtime.ts";

export const handler = appOperation("deleteApp", undefined, runtime, async ({ app }, { apps, tenants }) => {
  const deleted = await apps.delete(app.id);
  tenants.forgetApp(app.id);
  if (!deleted) throw refuse.appNotFound();
  for (const keyId of deleted.keyIds) tenants.forgetKey(keyId);
  for (const integrationId of deleted.integrationIds) tenants.forgetIntegration(integrationId);
  return { status: 200, body: {} };
});
