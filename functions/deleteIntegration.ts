import { refuse } from "../lib/domain/refusal.ts";
import { appOperation } from "../lib/http/rest.ts";
import { runtime } from "../lib/runtime.ts";

/** Disconnects a front end or channel, with its API keys. Users and what was said stay. */
export const handler = appOperation(
  "deleteIntegration",
  undefined,
  runtime,
  async ({ app, params }, { integrations, tenants }) => {
    const id = params.integrationId ?? "";
    const keyIds = await integrations.delete(app.id, id);
    tenants.forgetIntegration(id);
    if (!keyIds) throw refuse.integrationNotFound();
    for (const keyId of keyIds) tenants.forgetKey(keyId);
    return { status: 200, body: {} };
  },
);
