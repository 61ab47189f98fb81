import type { ContentKind } from "./contentKind.ts";
/** A kind of a channel that is not translated. */
export interface UnsupportedContent {
    readonly type: "unsupported";
    readonly text?: string | undefined;
    /** What the channel sent. */
    readonly raw?: unknown;
}
export declare const unsupportedKind: ContentKind<UnsupportedContent>;
