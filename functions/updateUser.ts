import * as v from "valibot";
import { refuse } from "../lib/domain/refusal.ts";
import { changeUser, publicUser } from "../lib/domain/user.ts";
import { appOperation } from "../lib/http/rest.ts";
import { metadata, object, profile, timestamp } from "../lib/http/schemas.ts";
import { runtime } from "../lib/runtime.ts";

export const body = object({
  signedUpAt: v.optional(timestamp),
  toBeRetained: v.optional(v.boolean()),
  profile: v.optional(profile),
  metadata: v.nullish(metadata),
});

/** Changes what is given, field by field, however many others change the user at the same time. The externalId stays. */
export const handler = appOperation("updateUser", body, runtime, async ({ app, params, query, body }, { users }) => {
  const found = await users.findByIdOrExternalId(
    app,
    params.userIdOrExternalId ?? "",
    query.get("brandId") ?? undefined,
  );
  const changed = found && (await users.change(found, (user) => changeUser(user, body)));
  if (!changed) throw refuse.userNotFound();
  return { status: 200, body: { user: publicUser(changed.user) } };
});
