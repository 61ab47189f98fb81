import { lineOf } from "../values/providerValue.ts";
import type { Masked } from "./contentKind.ts";
import { keptText, type RichText } from "./text.ts";

/** A file and what is said beside it. */
export interface Media extends RichText {
  readonly mediaUrl?: string | undefined;
  readonly mediaType?: string | undefined;
  readonly mediaSize?: number | undefined;
  readonly altText?: string | undefined;
  /** An id that the business gave the file. */
  readonly attachmentId?: string | undefined;
}

/** Completes a file for storage. */
export const keptMedia = (media: Media, masked: Masked): Media => ({
  ...keptText(media, masked),
  altText: keptAltText(media, masked),
});

/** Describes a file, by its name if nothing else does. Source: the vendor's OpenAPI description, "altText". */
export const keptAltText = (
  { altText, mediaUrl }: Pick<Media, "altText" | "mediaUrl">,
  masked: Masked,
): string | undefined => masked(altText ?? (mediaUrl === undefined ? undefined : fileNameOf(mediaUrl)));

/** Reads the last part of a URL's path, decoded for people. */
function fileNameOf(address: string): string | undefined {
  if (!URL.canParse(address)) return undefined;
  const path = new URL(address).pathname.replace(/(?:%[0-9a-f]{2})+/gi, (bytes) =>
    Buffer.from(bytes.replaceAll("%", ""), "hex").toString("utf8"),
  );
  return lineOf(path.split("/").at(-1), 128);
}
