import * as v from "valibot";
import { publicUser } from "../lib/http/answers/rest.ts";
import { appOperation } from "../lib/http/rest.ts";
import { metadata, object, profile, timestamp } from "../lib/http/schemas/schemas.ts";
import { apiError } from "../lib/model/apiError.ts";
import { changeUser } from "../lib/model/user.ts";
import { restRuntime } from "../lib/runtime.ts";
import { findUserByIdOrExternalId } from "../lib/users/findUser.ts";
import { updateUser } from "../lib/users/updateUser.ts";

export const body = object({
  signedUpAt: v.optional(timestamp),
  toBeRetained: v.optional(v.boolean()),
  profile: v.optional(profile),
  metadata: v.nullish(metadata),
});

/**
 * Changes the given fields of a user, however many other requests change the user at the same time. The externalId
 * stays.
 */
export const handler = appOperation("updateUser", body, restRuntime, async ({ app, params, query, body }, runtime) => {
  const found = await findUserByIdOrExternalId(
    runtime,
    app,
    params.userIdOrExternalId ?? "",
    query.get("brandId") ?? undefined,
  );
  const changed = found && (await updateUser(runtime, found, (user) => changeUser(user, body)));
  if (!changed) throw apiError.userNotFound();
  return { status: 200, body: { user: publicUser(changed.user) } };
});
