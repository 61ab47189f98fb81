import * as v from "valibot";
import { mergeMetadata } from "../lib/domain/metadata.ts";
import { refuse } from "../lib/domain/refusal.ts";
import { newUser, publicUser } from "../lib/domain/user.ts";
import { appOperation } from "../lib/http/rest.ts";
import { metadata, object, profile, text, timestamp } from "../lib/http/schemas.ts";
import { runtime } from "../lib/runtime.ts";

export const body = object({
  externalId: v.optional(text(1, 1024)),
  brandId: v.nullish(text(1, 24)),
  signedUpAt: v.optional(timestamp),
  toBeRetained: v.optional(v.boolean()),
  profile: v.optional(profile),
  metadata: v.nullish(metadata),
});

/** Way 1: a business creates a user by an API call. One conditional write, whether the user is new or exists. */
export const handler = appOperation("createUser", body, runtime, async ({ app, body, now }, { users, newId }) => {
  const brandId = body.brandId ?? undefined;
  const fields = { ...body, brandId, metadata: mergeMetadata({}, body.metadata ?? {}, "User") };
  const id = body.externalId === undefined ? newId() : users.addressOf(app, body.externalId, brandId);
  const outcome = await users.createAt(newUser(app.id, id, now, fields), newId);
  if (!("created" in outcome)) throw refuse.userExists();
  return { status: 201, body: { user: publicUser(outcome.created) }, usersCreated: 1 };
});
