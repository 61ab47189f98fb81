import { keyLimit, publicKey } from "../lib/domain/apiKey.ts";
import { newSecret } from "../lib/domain/id.ts";
import { refuse } from "../lib/domain/refusal.ts";
import { appOperation } from "../lib/http/rest.ts";
import { displayName, object } from "../lib/http/schemas.ts";
import { runtime } from "../lib/runtime.ts";

export const body = object({ displayName });

export const handler = appOperation("createCustomIntegrationKey", body, runtime, async (call, runtime) => {
  const { id: integrationId } = await runtime.integrations.findCustom(call.app, call.params.integrationId ?? "");
  const key = {
    id: `int_${runtime.newId()}`,
    secret: newSecret() + newSecret(),
    scope: "integration" as const,
    displayName: call.body.displayName,
    appId: call.app.id,
    integrationId,
  };
  const outcome = await runtime.apiKeys.create(key);
  if (outcome === "no owner") throw refuse.integrationNotFound();
  if (outcome === "too many") throw refuse.badRequest(`A custom integration is limited to ${keyLimit} keys`);
  return { status: 201, body: { key: publicKey(key) } };
});
