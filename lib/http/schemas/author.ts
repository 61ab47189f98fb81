import * as v from "valibot";
import { object, text, uri } from "./schemas.ts";

/** The author of a message, in a business's request. */
export const author = object({
  type: v.picklist(["business", "user"]),
  userId: v.optional(text(1, 64)),
  userExternalId: v.optional(text(1, 1024)),
  brandId: v.nullish(text(1, 24)),
  displayName: v.optional(text(1, 256)),
  avatarUrl: v.optional(uri),
  subtypes: v.optional(
    v.pipe(
      v.array(v.picklist(["AI", "activity"])),
      v.minLength(1, "should NOT have fewer than 1 items"),
      v.maxLength(1, "should NOT have more than 1 items"),
    ),
  ),
});
