import * as v from "valibot";
import { object, text } from "../schemas.ts";
import { haveOwnNames, ownNames } from "./formContent.ts";

/** A field's label comes from its form, whatever an answer says; a client names the form here or beside the fields. */
const answered = { name: text(1, 128), quotedMessageId: v.nullish(text(1, 64)) };

/** The answers to a form. Source: the vendor's OpenAPI description, "formResponseMessageField". */
export const formAnswers = v.pipe(
  v.array(
    v.variant("type", [
      object({ type: v.literal("text"), ...answered, text: text(1, 256) }),
      object({ type: v.literal("email"), ...answered, email: v.pipe(text(1, 128), v.rfcEmail()) }),
      object({
        type: v.literal("select"),
        ...answered,
        select: v.pipe(
          v.array(object({ name: text(1, 128) })),
          v.minLength(1, "should NOT have fewer than 1 items"),
          v.maxLength(200, "should NOT have more than 200 items"),
          v.check((list) => haveOwnNames(list), ownNames),
        ),
      }),
    ]),
  ),
  v.minLength(1, "should NOT have fewer than 1 items"),
  v.maxLength(20, "should NOT have more than 20 items"),
  v.check((list) => haveOwnNames(list), ownNames),
);

/** The answer of a person to a form. */
export const personFormResponse = object({
  type: v.literal("formResponse"),
  quotedMessageId: v.nullish(text(1, 64)),
  fields: formAnswers,
});
