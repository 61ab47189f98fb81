import { publicKey } from "../lib/domain/apiKey.ts";
import { refuse } from "../lib/domain/refusal.ts";
import { appOperation } from "../lib/http/rest.ts";
import { runtime } from "../lib/runtime.ts";

export const handler = appOperation("getCustomIntegrationKey", undefined, runtime, async ({ app, params }, runtime) => {
  const integration = await runtime.integrations.findCustom(app, params.integrationId ?? "");
  const key = await runtime.apiKeys.find(params.keyId ?? "");
  if (key?.integrationId !== integration.id) throw refuse.notFound();
  return { status: 200, body: { key: publicKey(key) } };
});
