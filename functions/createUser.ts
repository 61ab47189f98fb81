import * as v from "valibot";
import { externalIdAddress } from "../lib/db/keys.ts";
import { publicUser } from "../lib/http/answers/rest.ts";
import { appOperation } from "../lib/http/rest.ts";
import { metadata, object, profile, text, timestamp } from "../lib/http/schemas/schemas.ts";
import { apiError } from "../lib/model/apiError.ts";
import { mergeMetadata } from "../lib/model/metadata.ts";
import { newUser } from "../lib/model/user.ts";
import { restRuntime } from "../lib/runtime.ts";
import { createUser } from "../lib/users/createUser.ts";

export const body = object({
  externalId: v.optional(text(1, 1024)),
  brandId: v.nullish(text(1, 24)),
  signedUpAt: v.optional(timestamp),
  toBeRetained: v.optional(v.boolean()),
  profile: v.optional(profile),
  metadata: v.nullish(metadata),
});

/**
 * Creates a user for a business (way 1: an API call). Makes one conditional write, whether the user is new or exists.
 */
export const handler = appOperation("createUser", body, restRuntime, async ({ app, body, now }, runtime) => {
  const brandId = body.brandId ?? undefined;
  const fields = { ...body, brandId, metadata: mergeMetadata({}, body.metadata ?? {}, "User") };
  const id = body.externalId === undefined ? runtime.newId() : externalIdAddress(app.salt, body.externalId, brandId);
  const outcome = await createUser(runtime, newUser(app.id, id, now, fields));
  if (!("created" in outcome)) throw apiError.userExists();
  return { status: 201, body: { user: publicUser(outcome.created) }, usersCreated: 1 };
});
