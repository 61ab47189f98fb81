/** The usual endings of files of the types that channels tell apart. */
const endings: Readonly<Record<string, string>> = {
  gif: "image/gif",
  jpeg: "image/jpeg",
  jpg: "image/jpeg",
  m4a: "audio/mp4",
  mp3: "audio/mpeg",
  mp4: "video/mp4",
  oga: "audio/ogg",
  ogg: "audio/ogg",
  pdf: "application/pdf",
  png: "image/png",
  webp: "image/webp",
  zip: "application/zip",
};

/** Names that are in use for a type beside the registered one. */
const sameAs: Readonly<Record<string, string>> = {
  "application/x-zip-compressed": "application/zip",
  "audio/mp3": "audio/mpeg",
  "audio/x-m4a": "audio/mp4",
  "image/jpg": "image/jpeg",
};

/** Reads the type of a file: the given one without its parameters, or else by the end of its address. */
export function mediaTypeOf(url: string, given: string | undefined): string | undefined {
  const type = given?.split(";", 1)[0]?.trim().toLowerCase();
  if (type) return sameAs[type] ?? type;
  const path = URL.canParse(url) ? new URL(url).pathname : "";
  return endings[/\.([a-z0-9]{2,5})$/i.exec(path)?.[1]?.toLowerCase() ?? ""];
}
