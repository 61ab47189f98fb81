/** Types of files that are told by their first bytes, and the endings of files of these types. */
const types: readonly { readonly type: string; readonly ending: string; readonly first?: RegExp }[] = [
  { type: "image/png", ending: "png", first: /^\x89PNG\r\n/ },
  { type: "image/jpeg", ending: "jpg", first: /^\xff\xd8\xff/ },
  { type: "image/gif", ending: "gif", first: /^GIF8[79]a/ },
  { type: "image/webp", ending: "webp", first: /^RIFF.{4}WEBP/s },
  { type: "image/bmp", ending: "bmp", first: /^BM.{4}\0{4}/s },
  { type: "application/pdf", ending: "pdf", first: /^%PDF-/ },
  { type: "video/mp4", ending: "mp4", first: /^.{4}ftyp(?:isom|iso[2-6]|mp4[12]|avc1|M4V )/s },
  { type: "audio/mp4", ending: "m4a", first: /^.{4}ftypM4A /s },
  { type: "audio/ogg", ending: "ogg", first: /^OggS/ },
  { type: "audio/mpeg", ending: "mp3", first: /^(?:ID3|\xff[\xfb\xf3\xf2])/ },
  { type: "audio/amr", ending: "amr" },
  { type: "video/3gpp", ending: "3gp" },
  { type: "text/plain", ending: "txt" },
];

/**
 * Tells the type of a file by its first bytes, for those that people send in messages; `undefined` for any other.
 * @see https://mimesniff.spec.whatwg.org/#matching-an-image-type-pattern
 */
export function typeOfBytes(bytes: Buffer): string | undefined {
  const start = bytes.subarray(0, 16).toString("latin1");
  return types.find(({ first }) => first?.test(start))?.type;
}

/** Answers the ending of a file's name, with its dot; empty for a type that has none here. */
export function endingOf(mediaType: string | undefined): string {
  const type = mediaType?.split(";")[0]?.trim().toLowerCase();
  const ending = types.find((one) => one.type === type)?.ending;
  return ending === undefined ? "" : `.${ending}`;
}
