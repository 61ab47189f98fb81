import * as v from "valibot";
import { metadata, object, text, uri } from "../schemas.ts";
import { itemActions, once, opensOnce } from "./actions.ts";
import { altText, mediaType } from "./media.ts";

/** The items of a carousel or a list. Source: the vendor's OpenAPI description, "item". */
export const items = v.pipe(
  v.array(
    object({
      title: text(1, 128),
      description: v.optional(text(0, 128)),
      mediaUrl: v.optional(uri),
      mediaType,
      altText,
      size: v.optional(v.picklist(["compact", "large"])),
      actions: itemActions(3),
      metadata: v.nullish(metadata),
    }),
  ),
  v.minLength(1, "should NOT have fewer than 1 items"),
  v.maxLength(10, "should NOT have more than 10 items"),
  v.check((list) => opensOnce(list.flatMap(({ actions }) => actions)), once),
);
