import { deleteApiKey } from "../lib/apps/apiKeys.ts";
import { findCustomIntegration } from "../lib/apps/integrations.ts";
import { appOperation } from "../lib/http/rest.ts";
import { apiError } from "../lib/model/apiError.ts";
import { restRuntime } from "../lib/runtime.ts";

export const handler = appOperation(
  "deleteCustomIntegrationKey",
  undefined,
  restRuntime,
  async ({ app, params }, runtime) => {
    const { id: integrationId } = await findCustomIntegration(runtime, app, params.integrationId ?? "");
    const keyId = params.keyId ?? "";
    const deleted = await deleteApiKey(runtime, { appId: app.id, integrationId }, keyId);
    runtime.cache.keys.delete(keyId);
    if (!deleted) throw apiError.notFound();
    return { status: 200, body: {} };
  },
);
