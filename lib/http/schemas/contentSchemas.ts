import * as v from "valibot";
import { address, object, text } from "./schemas.ts";
import { isWebAddress } from "./webAddress.ts";

/** The payload that a reply button returns with the person's answer; the vendor states no limit for it. */
export const payload = text(0, 4096);

/** The description of a file. Its URL may be longer than others, since a signed one holds its credentials. */
export const media = {
  mediaUrl: address(8192, isWebAddress),
  mediaType: v.optional(text(1, 128)),
  mediaSize: v.optional(v.pipe(v.number(), v.finite("should be finite"), v.minValue(0, "should be >= 0"))),
  altText: v.optional(text(0, 128)),
  text: v.optional(text(0, 4096)),
};

const degrees = (limit: number) =>
  v.pipe(v.number(), v.minValue(-limit, `should be >= -${limit}`), v.maxValue(limit, `should be <= ${limit}`));

export const place = {
  type: v.literal("location"),
  coordinates: object({ lat: degrees(90), long: degrees(180) }),
  location: v.optional(object({ address: v.optional(text(1, 1024)), name: v.optional(text(1, 1024)) })),
};

/**
 * A message of an SDK's user. Rich text and buttons are for the business: from a user they would show a stranger's HTML
 * and links on the screens of agents. Source: the vendor's guide "About rich text formatting".
 */
export const personContent = v.pipe(
  v.variant("type", [
    object({ type: v.literal("text"), text: text(0, 4096), payload: v.optional(payload) }),
    object({ type: v.literal("image"), ...media }),
    object({ type: v.literal("file"), ...media }),
    object(place),
  ]),
  v.check(
    // The text of a button may be empty; it is the person's answer.
    (value) => value.type !== "text" || value.text !== "" || value.payload !== undefined,
    "should NOT have an empty 'text', unless it has 'payload'",
  ),
);
