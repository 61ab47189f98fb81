import * as v from "valibot";
import { text } from "../schemas.ts";

export const blockChatInput = v.optional(v.boolean());

/** The rich forms of a text, of which a message has one at most. */
export const rich = {
  htmlText: v.optional(text(1, 4096)),
  markdownText: v.optional(v.pipe(text(1, 4096), v.metadata({ writeOnly: true }))),
  blockChatInput,
};
