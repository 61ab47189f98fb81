import { withoutUndefined } from "../values/providerValue.ts";
import { type Buttons, keptActions, lineOfAction, wireAction } from "./action.ts";
import { type ContentKind, linesOf } from "./contentKind.ts";
import { keptMedia, type Media } from "./media.ts";

/** Source: the vendor's OpenAPI description, "imageMessage". */
export interface ImageContent extends Media, Buttons {
  readonly type: "image";
}

export const imageKind: ContentKind<ImageContent> = {
  kept: (content, masked) =>
    withoutUndefined({
      ...content,
      ...keptMedia(content, masked),
      actions: content.actions && keptActions(content.actions, masked),
    }),
  fallback: ({ text, mediaUrl, actions = [] }) => linesOf(text, mediaUrl, ...actions.map(lineOfAction)),
  wire: (content, id) => ({ ...content, actions: content.actions?.map(wireAction(id)) }),
};
