import * as v from "valibot";
import { object } from "../schemas.ts";
import { itemActions } from "./actions.ts";
import { items } from "./items.ts";
import { blockChatInput } from "./richText.ts";

export const listContent = object({
  type: v.literal("list"),
  items,
  actions: v.optional(itemActions(10)),
  blockChatInput,
});
