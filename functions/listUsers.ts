import { refuse } from "../lib/domain/refusal.ts";
import { publicUser } from "../lib/domain/user.ts";
import { appOperation } from "../lib/http/rest.ts";
import { runtime } from "../lib/runtime.ts";

/** Users by a verified email, which is one user's at most; what a profile says is never looked at. */
export const handler = appOperation("listUsers", undefined, runtime, async ({ app, query }, { users }) => {
  // A `+` that was not encoded arrives as a blank, which no address holds.
  const email = query.get("filter[identities.email]")?.replaceAll(" ", "+");
  if (!email) throw refuse.badRequest("should have required property 'filter[identities.email]'");
  const user = await users.findByEmail(app, email, query.get("brandId") ?? undefined);
  return { status: 200, body: { users: user ? [publicUser(user)] : [] } };
});
