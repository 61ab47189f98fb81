import * as v from "valibot";
import { object } from "../schemas.ts";
import { noActions } from "./actions.ts";
import { items } from "./items.ts";
import { blockChatInput } from "./richText.ts";

export const carouselContent = object({
  type: v.literal("carousel"),
  items,
  displaySettings: v.optional(object({ imageAspectRatio: v.optional(v.picklist(["horizontal", "square"])) })),
  blockChatInput,
  actions: noActions,
});
