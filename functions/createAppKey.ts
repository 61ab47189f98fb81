import { keyLimit, publicKey } from "../lib/domain/apiKey.ts";
import { newSecret } from "../lib/domain/id.ts";
import { refuse } from "../lib/domain/refusal.ts";
import { appOperation } from "../lib/http/rest.ts";
import { displayName, object } from "../lib/http/schemas.ts";
import { runtime } from "../lib/runtime.ts";

export const body = object({ displayName });

export const handler = appOperation("createAppKey", body, runtime, async ({ app, body }, { apiKeys, newId }) => {
  const key = {
    id: `app_${newId()}`,
    secret: newSecret() + newSecret(),
    scope: "app" as const,
    displayName: body.displayName,
    appId: app.id,
  };
  const outcome = await apiKeys.create(key);
  if (outcome === "no owner") throw refuse.appNotFound();
  if (outcome === "too many") throw refuse.badRequest(`An app is limited to ${keyLimit} keys`);
  return { status: 201, body: { key: publicKey(key) } };
});
