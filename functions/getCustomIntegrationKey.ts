import { findApiKey } from "../lib/apps/apiKeys.ts";
import { findCustomIntegration } from "../lib/apps/integrations.ts";
import { publicKey } from "../lib/http/answers/rest.ts";
import { appOperation } from "../lib/http/rest.ts";
import { apiError } from "../lib/model/apiError.ts";
import { restRuntime } from "../lib/runtime.ts";

export const handler = appOperation(
  "getCustomIntegrationKey",
  undefined,
  restRuntime,
  async ({ app, params }, runtime) => {
    const integration = await findCustomIntegration(runtime, app, params.integrationId ?? "");
    const key = await findApiKey(runtime, params.keyId ?? "");
    if (key?.integrationId !== integration.id) throw apiError.notFound();
    return { status: 200, body: { key: publicKey(key) } };
  },
);
