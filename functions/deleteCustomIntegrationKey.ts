import { refuse } from "../lib/domain/refusal.ts";
import { appOperation } from "../lib/http/rest.ts";
import { runtime } from "../lib/runtime.ts";

export const handler = appOperation(
  "deleteCustomIntegrationKey",
  undefined,
  runtime,
  async ({ app, params }, runtime) => {
    const { id: integrationId } = await runtime.integrations.findCustom(app, params.integrationId ?? "");
    const keyId = params.keyId ?? "";
    const deleted = await runtime.apiKeys.delete({ appId: app.id, integrationId }, keyId);
    runtime.tenants.forgetKey(keyId);
    if (!deleted) throw refuse.notFound();
    return { status: 200, body: {} };
  },
);
