import { refuse } from "../lib/domain/refusal.ts";
import { appOperation } from "../lib/http/rest.ts";
import { runtime } from "../lib/runtime.ts";

export const handler = appOperation(
  "deleteAppKey",
  undefined,
  runtime,
  async ({ app, params }, { apiKeys, tenants }) => {
    const keyId = params.keyId ?? "";
    const deleted = await apiKeys.delete({ appId: app.id }, keyId);
    tenants.forgetKey(keyId);
    if (!deleted) throw refuse.notFound();
    return { status: 200, body: {} };
  },
);
