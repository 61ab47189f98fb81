import { publicUser } from "../lib/http/answers/rest.ts";
import { appOperation } from "../lib/http/rest.ts";
import { apiError } from "../lib/model/apiError.ts";
import { restRuntime } from "../lib/runtime.ts";
import { findUserByEmail } from "../lib/users/findUser.ts";

/** Finds the one user of a verified email; emails in profiles are ignored. */
export const handler = appOperation("listUsers", undefined, restRuntime, async ({ app, query }, runtime) => {
  // A `+` that was not encoded arrives as a blank, which no address holds.
  const email = query.get("filter[identities.email]")?.replaceAll(" ", "+");
  if (!email) throw apiError.badRequest("should have required property 'filter[identities.email]'");
  const user = await findUserByEmail(runtime, app, email, query.get("brandId") ?? undefined);
  return { status: 200, body: { users: user ? [publicUser(user)] : [] } };
});
