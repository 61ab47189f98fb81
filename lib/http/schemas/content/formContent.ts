import * as v from "valibot";
import { object, text } from "../schemas.ts";
import { noActions } from "./actions.ts";
import { blockChatInput } from "./richText.ts";

export const haveOwnNames = (parts: readonly { readonly name: string }[]): boolean =>
  new Set(parts.map(({ name }) => name)).size === parts.length;
export const ownNames = "should NOT have two items with the same 'name'";

const asked = { name: text(1, 128), label: text(1, 128), placeholder: v.optional(text(1, 128)) };

const size = v.optional(
  v.pipe(v.number(), v.integer(), v.minValue(1, "should be >= 1"), v.maxValue(256, "should be <= 256")),
);

const field = v.variant("type", [
  object({
    type: v.literal("text"),
    ...asked,
    format: v.optional(v.picklist(["integer", "decimal"])),
    minSize: size,
    maxSize: size,
  }),
  object({ type: v.literal("email"), ...asked }),
  object({
    type: v.literal("select"),
    ...asked,
    options: v.pipe(
      v.array(object({ name: text(1, 128), label: text(1, 128) })),
      v.minLength(1, "should NOT have fewer than 1 items"),
      v.maxLength(200, "should NOT have more than 200 items"),
      v.check((list) => haveOwnNames(list), ownNames),
    ),
  }),
]);

/** Tells whether an answer can have the length that its field asks for; the vendor's default is 1 to 128. */
const isPossible = (asks: v.InferOutput<typeof field>): boolean =>
  asks.type !== "text" || (asks.minSize ?? 1) <= (asks.maxSize ?? 128);

/** The questions of a form. */
export const formFields = v.pipe(
  v.array(field),
  v.minLength(1, "should NOT have fewer than 1 items"),
  v.maxLength(20, "should NOT have more than 20 items"),
  v.check((list) => haveOwnNames(list), ownNames),
  v.check((list) => list.every(isPossible), "should NOT have a 'minSize' greater than its 'maxSize'"),
);

/** Source: the vendor's OpenAPI description, "formMessage". */
export const formContent = object({
  type: v.literal("form"),
  fields: formFields,
  text: v.optional(text(0, 4096)),
  blockChatInput,
  actions: noActions,
});
