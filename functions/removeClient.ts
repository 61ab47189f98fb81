import { appOperation } from "../lib/http/rest.ts";
import { restRuntime } from "../lib/runtime.ts";
import { removeClient } from "../lib/users/removeClient.ts";

/** Removes a channel's client of a user. */
export const handler = appOperation("removeClient", undefined, restRuntime, async ({ app, params, query }, runtime) => {
  const { userIdOrExternalId: name = "", clientId } = params;
  await removeClient(runtime, app, { name, brandId: query.get("brandId") ?? undefined }, clientId);
  return { status: 200, body: {} };
});
