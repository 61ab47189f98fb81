import type { Media } from "../../model/content/media.ts";

/** Types of files by the endings of their names, where a message tells none. */
const byEnding: Readonly<Record<string, string>> = {
  aac: "audio/aac",
  amr: "audio/amr",
  gif: "image/gif",
  jpeg: "image/jpeg",
  jpg: "image/jpeg",
  m4a: "audio/mp4",
  mov: "video/quicktime",
  mp3: "audio/mpeg",
  mp4: "video/mp4",
  oga: "audio/ogg",
  ogg: "audio/ogg",
  pdf: "application/pdf",
  png: "image/png",
  wav: "audio/wav",
  webm: "video/webm",
  webp: "image/webp",
  zip: "application/zip",
  "3gp": "video/3gpp",
};

/** Names that are in use for a type beside the registered one. */
const sameAs: Readonly<Record<string, string>> = {
  "application/x-zip-compressed": "application/zip",
  "audio/mp3": "audio/mpeg",
  "audio/x-m4a": "audio/mp4",
  "image/jpg": "image/jpeg",
};

/** Reads the type of a message's file, in lower case and without parameters: as told, or by its name; empty if unknown. */
export function mediaTypeOf({ mediaType, mediaUrl = "" }: Pick<Media, "mediaType" | "mediaUrl">): string {
  const told = mediaType?.split(";", 1)[0]?.trim().toLowerCase();
  if (told && told !== "application/octet-stream") return sameAs[told] ?? told;
  const path = URL.canParse(mediaUrl) ? new URL(mediaUrl).pathname : "";
  const ending = path.match(/\.([a-z0-9]{1,8})$/i)?.[1]?.toLowerCase() ?? "";
  return byEnding[ending] ?? told ?? "";
}

/** Tells whether an address is one that a browser opens, as providers ask of a button's. */
export const isWebAddress = (address: string): boolean => /^https?:\/\//i.test(address) && URL.canParse(address);
