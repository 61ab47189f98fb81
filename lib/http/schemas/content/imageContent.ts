import * as v from "valibot";
import { object } from "../schemas.ts";
import { actions } from "./actions.ts";
import { attachmentId, media } from "./media.ts";
import { rich } from "./richText.ts";

export const imageContent = object({
  type: v.literal("image"),
  ...media,
  ...rich,
  actions: v.optional(actions),
  attachmentId,
});
