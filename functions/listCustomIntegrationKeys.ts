import { listApiKeys } from "../lib/apps/apiKeys.ts";
import { findCustomIntegration } from "../lib/apps/integrations.ts";
import { publicKey } from "../lib/http/answers/rest.ts";
import { appOperation } from "../lib/http/rest.ts";
import { restRuntime } from "../lib/runtime.ts";

export const handler = appOperation(
  "listCustomIntegrationKeys",
  undefined,
  restRuntime,
  async ({ app, params }, runtime) => {
    const { id: integrationId } = await findCustomIntegration(runtime, app, params.integrationId ?? "");
    const keys = await listApiKeys(runtime, { appId: app.id, integrationId });
    return { status: 200, body: { keys: keys.map(publicKey) } };
  },
);
