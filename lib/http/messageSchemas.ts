import * as v from "valibot";
import { object, text, uri } from "./schemas.ts";

/** A URL of a file elsewhere: longer than other URLs, since one that is signed carries its credentials. */
const mediaUrl = v.pipe(text(1, 8192), v.url());

const richText = { htmlText: v.optional(text(1, 4096)), markdownText: v.optional(text(1, 4096)) };

/** The kinds of content that are served; the other kinds of the vendor's API are not about the person. */
export const textContent = object({
  type: v.literal("text"),
  text: v.optional(text(1, 4096)),
  ...richText,
  payload: v.optional(text(1, 1024)),
  blockChatInput: v.optional(v.boolean()),
});
const media = {
  mediaUrl,
  mediaType: v.optional(text(1, 128)),
  mediaSize: v.optional(v.pipe(v.number(), v.finite("should be finite"), v.minValue(0, "should be >= 0"))),
  altText: v.optional(text(0, 128)),
  text: v.optional(text(0, 4096)),
  ...richText,
  blockChatInput: v.optional(v.boolean()),
};
export const imageContent = object({ type: v.literal("image"), ...media });
const fileContent = object({ type: v.literal("file"), ...media });
const degrees = (limit: number) =>
  v.pipe(v.number(), v.minValue(-limit, `should be >= -${limit}`), v.maxValue(limit, `should be <= ${limit}`));
const locationContent = object({
  type: v.literal("location"),
  coordinates: object({ lat: degrees(90), long: degrees(180) }),
  blockChatInput: v.optional(v.boolean()),
  location: v.optional(object({ address: v.optional(text(1, 1024)), name: v.optional(text(1, 1024)) })),
});

/** Source: the vendor's OpenAPI description, "textMessage", "htmlText" and "markdownText". */
export const content = v.pipe(
  v.variant("type", [textContent, imageContent, fileContent, locationContent]),
  v.check(
    (said) => said.type !== "text" || (said.text ?? said.htmlText ?? said.markdownText) !== undefined,
    "should have required property 'text', unless it has 'htmlText' or 'markdownText'",
  ),
  v.check(
    (said) => !("htmlText" in said && "markdownText" in said),
    "should not have both 'htmlText' and 'markdownText'",
  ),
);

/** Who a message is from, as a business says it. */
export const author = object({
  type: v.picklist(["business", "user"]),
  userId: v.optional(text(1, 64)),
  userExternalId: v.optional(text(1, 1024)),
  brandId: v.nullish(text(1, 24)),
  displayName: v.optional(text(1, 256)),
  avatarUrl: v.optional(uri),
  subtypes: v.optional(
    v.pipe(v.array(v.picklist(["AI", "activity"])), v.maxLength(1, "should NOT have more than 1 items")),
  ),
});
