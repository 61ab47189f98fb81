import * as v from "valibot";
import { object } from "../schemas.ts";
import { noActions } from "./actions.ts";
import { attachmentId, media } from "./media.ts";
import { rich } from "./richText.ts";

export const fileContent = object({ type: v.literal("file"), ...media, ...rich, attachmentId, actions: noActions });
