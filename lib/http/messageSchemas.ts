import * as v from "valibot";
import { actions } from "./actionSchemas.ts";
import { media, payload, place } from "./contentSchemas.ts";
import { object, text, uri } from "./schemas.ts";

const rich = {
  htmlText: v.optional(text(1, 4096)),
  markdownText: v.optional(v.pipe(text(1, 4096), v.metadata({ writeOnly: true }))),
  blockChatInput: v.optional(v.boolean()),
};

/** The kinds of content that are served; the other kinds of the vendor's API are not about the person. */
export const textContent = object({
  type: v.literal("text"),
  text: v.optional(text(1, 4096)),
  ...rich,
  actions: v.optional(actions),
  payload: v.optional(payload),
});
export const imageContent = object({ type: v.literal("image"), ...media, ...rich, actions: v.optional(actions) });
const fileContent = object({ type: v.literal("file"), ...media, ...rich });
const locationContent = object({ ...place, blockChatInput: v.optional(v.boolean()) });

/** Source: the vendor's OpenAPI description, "textMessage", "imageMessage", "fileMessage" and "locationMessage". */
export const content = v.pipe(
  v.variant("type", [textContent, imageContent, fileContent, locationContent]),
  v.check(
    (said) =>
      said.type !== "text" || (said.text ?? said.htmlText ?? said.markdownText ?? said.actions?.[0]) !== undefined,
    "should have required property 'text', unless it has 'actions', 'htmlText' or 'markdownText'",
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
    v.pipe(
      v.array(v.picklist(["AI", "activity"])),
      v.minLength(1, "should NOT have fewer than 1 items"),
      v.maxLength(1, "should NOT have more than 1 items"),
    ),
  ),
});
