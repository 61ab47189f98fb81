import { withoutUndefined } from "../values/providerValue.ts";
import { type ContentKind, linesOf } from "./contentKind.ts";
import { keptMedia, type Media } from "./media.ts";

/** Source: the vendor's OpenAPI description, "fileMessage". */
export interface FileContent extends Media {
  readonly type: "file";
}

export const fileKind: ContentKind<FileContent> = {
  kept: (content, masked) => withoutUndefined({ ...content, ...keptMedia(content, masked) }),
  fallback: ({ text, mediaUrl }) => linesOf(text, mediaUrl),
};
