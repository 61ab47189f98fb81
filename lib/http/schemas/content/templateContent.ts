import * as v from "valibot";
import { object } from "../schemas.ts";
import { noActions } from "./actions.ts";
import { jsonObject } from "./jsonObject.ts";
import { blockChatInput } from "./richText.ts";

export const templateContent = object({
  type: v.literal("template"),
  template: jsonObject,
  blockChatInput,
  actions: noActions,
});
