import * as v from "valibot";
import { object, text } from "../schemas.ts";
import { actions, payload } from "./actions.ts";
import { rich } from "./richText.ts";

export const textContent = object({
  type: v.literal("text"),
  text: v.optional(text(1, 4096)),
  ...rich,
  actions: v.optional(actions),
  payload: v.optional(payload),
});

/** A text of a person. The text of a button may be empty; it is the person's answer. */
export const personText = object({ type: v.literal("text"), text: text(0, 4096), payload: v.optional(payload) });
