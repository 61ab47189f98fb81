import type { Masked } from "./contentKind.ts";
import { type RichText } from "./text.ts";
/** A file and what is said beside it. */
export interface Media extends RichText {
    readonly mediaUrl?: string | undefined;
    readonly mediaType?: string | undefined;
    readonly mediaSize?: number | undefined;
    readonly altText?: string | undefined;
}
/** Completes a file for storage. */
export declare const keptMedia: (media: Media, masked: Masked) => Media;
/** Describes a file, by its name if nothing else does. Source: the vendor's OpenAPI description, "altText". */
export declare const keptAltText: ({ altText, mediaUrl }: Pick<Media, "altText" | "mediaUrl">, masked: Masked) => string | undefined;
