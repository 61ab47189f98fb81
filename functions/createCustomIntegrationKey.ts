import { createApiKey } from "../lib/apps/apiKeys.ts";
import { findCustomIntegration } from "../lib/apps/integrations.ts";
import { publicKey } from "../lib/http/answers/rest.ts";
import { appOperation } from "../lib/http/rest.ts";
import { displayName, object } from "../lib/http/schemas/schemas.ts";
import { apiError } from "../lib/model/apiError.ts";
import { keyLimit } from "../lib/model/apiKey.ts";
import { newSecret } from "../lib/model/id.ts";
import { restRuntime } from "../lib/runtime.ts";

export const body = object({ displayName });

export const handler = appOperation("createCustomIntegrationKey", body, restRuntime, async (call, runtime) => {
  const { id: integrationId } = await findCustomIntegration(runtime, call.app, call.params.integrationId ?? "");
  const key = {
    id: `int_${runtime.newId()}`,
    secret: newSecret() + newSecret(),
    scope: "integration" as const,
    displayName: call.body.displayName,
    appId: call.app.id,
    integrationId,
  };
  const outcome = await createApiKey(runtime, key);
  if (outcome === "no owner") throw apiError.integrationNotFound();
  if (outcome === "too many") throw apiError.badRequest(`A custom integration is limited to ${keyLimit} keys`);
  return { status: 201, body: { key: publicKey(key) } };
});
