import { runtime as clients } from "../lib/clientRuntime.ts";
import { refuse } from "../lib/domain/refusal.ts";
import { publicUser } from "../lib/domain/user.ts";
import { runtime as erasure } from "../lib/erasureRuntime.ts";
import { appOperation } from "../lib/http/rest.ts";

const runtime = { ...clients, ...erasure };

/**
 * Deletes a user with clients, conversations and messages. Where the externalId has slashes, the gateway cannot tell the
 * routes of the personal information and of a client from this one: what is named so, and is no user, is taken for that.
 */
export const handler = appOperation("deleteUser", undefined, runtime, async ({ app, params, query }, runtime) => {
  const name = params.userIdOrExternalId ?? "";
  const brandId = query.get("brandId") ?? undefined;
  if (await runtime.erasures.deleteUser(app, name, brandId)) return { status: 200, body: {} };
  const [, owner, clientId] = /^(.+)\/(?:personalinformation|clients\/([^/]+))$/s.exec(name) ?? [];
  if (owner === undefined) throw refuse.userNotFound();
  if (clientId !== undefined) {
    await runtime.removeClient(app, owner, brandId, clientId);
    return { status: 200, body: {} };
  }
  const user = await runtime.erasures.deletePersonalInformation(app, owner, brandId);
  if (!user) throw refuse.userNotFound();
  return { status: 200, body: { user: publicUser(user) } };
});
