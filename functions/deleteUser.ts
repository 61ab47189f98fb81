import { publicUser } from "../lib/http/answers/rest.ts";
import { appOperation } from "../lib/http/rest.ts";
import { apiError } from "../lib/model/apiError.ts";
import { restRuntime } from "../lib/runtime.ts";
import { deletePersonalInformation } from "../lib/users/delete/deletePersonalInformation.ts";
import { deleteUser } from "../lib/users/delete/deleteUser.ts";
import { removeClient } from "../lib/users/removeClient.ts";

/**
 * Deletes a user with clients, conversations and messages. The gateway cannot tell the routes of the personal
 * information and of a client from this one if the externalId has slashes: if no user has the name, it is read as such
 * a path.
 */
export const handler = appOperation("deleteUser", undefined, restRuntime, async ({ app, params, query }, runtime) => {
  const name = params.userIdOrExternalId ?? "";
  const brandId = query.get("brandId") ?? undefined;
  if (await deleteUser(runtime, app, name, brandId)) return { status: 200, body: {} };
  const [, owner, clientId] = /^(.+)\/(?:personalinformation|clients\/([^/]+))$/s.exec(name) ?? [];
  if (owner === undefined) throw apiError.userNotFound();
  if (clientId !== undefined) {
    await removeClient(runtime, app, { name: owner, brandId }, clientId);
    return { status: 200, body: {} };
  }
  const user = await deletePersonalInformation(runtime, app, owner, brandId);
  if (!user) throw apiError.userNotFound();
  return { status: 200, body: { user: publicUser(user) } };
});
