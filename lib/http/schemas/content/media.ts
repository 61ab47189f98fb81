import * as v from "valibot";
import { emptyAsAbsent } from "../notOffered.ts";
import { address, text } from "../schemas.ts";
import { isWebAddress } from "../webAddress.ts";

export const altText = v.optional(text(0, 128));
export const mediaType = v.optional(text(1, 128));

/** The description of a file. Its URL may be longer than others, since a signed one holds its credentials. */
export const media = {
  mediaUrl: address(8192, isWebAddress),
  mediaType,
  mediaSize: v.optional(v.pipe(v.number(), v.finite("should be finite"), v.minValue(0, "should be >= 0"))),
  altText,
  text: v.optional(text(0, 4096)),
};

/** The vendor's own name of a file, "for internal purposes": it is kept and shown as it was given. */
export const attachmentId = v.pipe(
  emptyAsAbsent(text(1, 128)),
  v.transform((id) => id ?? undefined),
);
