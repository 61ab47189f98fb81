import { runtime } from "../lib/clientRuntime.ts";
import { appOperation } from "../lib/http/rest.ts";

export const handler = appOperation("removeClient", undefined, runtime, async ({ app, params, query }, runtime) => {
  const { userIdOrExternalId: name = "", clientId } = params;
  await runtime.removeClient(app, name, query.get("brandId") ?? undefined, clientId);
  return { status: 200, body: {} };
});
