import { withoutUndefined } from "../values/providerValue.ts";
import type { ContentKind } from "./contentKind.ts";

/** A kind of a channel that is not translated. */
export interface UnsupportedContent {
  readonly type: "unsupported";
  readonly text?: string | undefined;
  /** What the channel sent. */
  readonly raw?: unknown;
}

export const unsupportedKind: ContentKind<UnsupportedContent> = {
  kept: (content, masked) => withoutUndefined({ ...content, text: masked(content.text) }),
  fallback: ({ text = "" }) => text,
};
