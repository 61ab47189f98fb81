import * as v from "valibot";
import { actions } from "./actionSchemas.ts";
import { media, payload, place } from "./contentSchemas.ts";
import { notOffered, unservedField } from "./notOffered.ts";
import { object, text, uri } from "./schemas.ts";

const rich = {
  htmlText: v.optional(text(1, 4096)),
  markdownText: v.optional(v.pipe(text(1, 4096), v.metadata({ writeOnly: true }))),
  blockChatInput: v.optional(v.boolean()),
};

const attachmentId = unservedField("attachments");

/** The kinds of content that are served. */
const textContent = object({
  type: v.literal("text"),
  text: v.optional(text(1, 4096)),
  ...rich,
  actions: v.optional(actions),
  payload: v.optional(payload),
});
const imageContent = object({
  type: v.literal("image"),
  ...media,
  ...rich,
  actions: v.optional(actions),
  attachmentId,
});
/** Refused, because only the reader would miss buttons that are dropped silently. */
const noActions = v.optional(
  v.pipe(v.array(v.custom<never>(() => true)), v.maxLength(0, "should NOT have more than 0 items")),
);
const fileContent = object({ type: v.literal("file"), ...media, ...rich, attachmentId, actions: noActions });
const locationContent = object({ ...place, blockChatInput: v.optional(v.boolean()), actions: noActions });

/** A kind of content that the vendor's platform offers and this one does not: no value of it passes, so none comes out. */
function unservedContent<const K extends string>(kind: K, feature: string) {
  const schema = v.pipe(
    object({ type: v.literal(kind) }),
    notOffered(feature),
    v.metadata({ description: "Not offered yet" }),
  );
  return schema as typeof schema & Pick<v.GenericSchema<unknown, never>, "~types">;
}

/** Source: the vendor's OpenAPI description, "content". */
export const content = v.pipe(
  v.variant("type", [
    textContent,
    imageContent,
    fileContent,
    locationContent,
    unservedContent("carousel", "carousel messages"),
    unservedContent("form", "form messages"),
    unservedContent("formResponse", "formResponse messages"),
    unservedContent("list", "list messages"),
    unservedContent("template", "template messages"),
  ]),
  v.check(
    (value) =>
      value.type !== "text" || (value.text ?? value.htmlText ?? value.markdownText ?? value.actions?.[0]) !== undefined,
    "should have required property 'text', unless it has 'actions', 'htmlText' or 'markdownText'",
  ),
  v.check(
    (value) => !("htmlText" in value && "markdownText" in value),
    "should not have both 'htmlText' and 'markdownText'",
  ),
);

/** The vendor's fields for sending a message to a channel. */
export const sending = {
  destination: unservedField("the destination of a message"),
  override: unservedField("message overrides"),
  schema: unservedField("messages in a channel's own schema"),
};

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
