import { createApiKey } from "../lib/apps/apiKeys.ts";
import { publicKey } from "../lib/http/answers/rest.ts";
import { appOperation } from "../lib/http/rest.ts";
import { displayName, object } from "../lib/http/schemas/schemas.ts";
import { apiError } from "../lib/model/apiError.ts";
import { keyLimit } from "../lib/model/apiKey.ts";
import { newSecret } from "../lib/model/id.ts";
import { restRuntime } from "../lib/runtime.ts";

export const body = object({ displayName });

export const handler = appOperation("createAppKey", body, restRuntime, async ({ app, body }, runtime) => {
  const key = {
    id: `app_${runtime.newId()}`,
    secret: newSecret() + newSecret(),
    scope: "app" as const,
    displayName: body.displayName,
    appId: app.id,
  };
  const outcome = await createApiKey(runtime, key);
  if (outcome === "no owner") throw apiError.appNotFound();
  if (outcome === "too many") throw apiError.badRequest(`An app is limited to ${keyLimit} keys`);
  return { status: 201, body: { key: publicKey(key) } };
});
