import { publicKey } from "../lib/domain/apiKey.ts";
import { appOperation } from "../lib/http/rest.ts";
import { runtime } from "../lib/runtime.ts";

export const handler = appOperation(
  "listCustomIntegrationKeys",
  undefined,
  runtime,
  async ({ app, params }, runtime) => {
    const { id: integrationId } = await runtime.integrations.findCustom(app, params.integrationId ?? "");
    const keys = await runtime.apiKeys.list({ appId: app.id, integrationId });
    return { status: 200, body: { keys: keys.map(publicKey) } };
  },
);
