import { apiError } from "../apiError.ts";
import { randomHex } from "../sources/idSource.ts";
import { textOf } from "../values/providerValue.ts";

/** A file that was uploaded to an app, or is about to be. */
export interface Attachment {
  readonly id: string;
  readonly appId: string;
  /** The file's own name, which can stand in a path and in a header. */
  readonly name: string;
  /** The type as it was declared; `servedAs` is the one under which the file is served. */
  readonly mediaType: string;
  /** Whether anyone who has its URL may read it; otherwise only the app's keys and the conversation's users. */
  readonly access: "public" | "private";
  /** Whether it is deleted with a message that shows it, and with the conversation that it names. */
  readonly forMessage: boolean;
  readonly conversationId?: string | undefined;
  readonly createdAt: string;
  /** The file is still to be fetched from a channel: until then nobody finds it. */
  readonly isAwaited?: boolean | undefined;
  /**
   * The id of the file in the store, if it is another than the attachment's: an attachment of a derived id may be deleted
   * and come again, and the late deletion of the first file must not meet the second.
   */
  readonly fileId?: string | undefined;
  /** The secret of a form by which the file may still be uploaded once, off AWS, and the end of that time. */
  readonly upload?: { readonly token: string; readonly until: string } | undefined;
}

/** Bytes of a file at most, however it is uploaded. Source: the vendor's "file validation" guide has about as many. */
export const fileLimit = 25 * 1024 * 1024;

/** Bytes of a form that the API itself takes on AWS: in base64 it is the most that an event of a Lambda holds. */
export const lambdaFormLimit = 4_500_000;

/** An attachment's id: 160 random bits, since the URL of a public file is all that it takes to read it. */
export const attachmentIdPattern = /^[0-9a-f]{40}$/;
export const newAttachmentId = (): string => randomHex(20);

/** Types that a browser shows and that hold no script; every other file is served for saving. */
const shown =
  /^(?:image\/(?:png|jpeg|gif|webp|avif|bmp|heic)|audio\/[a-z0-9.+-]+|video\/[a-z0-9.+-]+|application\/pdf|text\/plain)$/;

/** Endings of programs, which a system runs when they are opened. */
const programs = /\.(?:apk|app|bat|cmd|com|cpl|dll|exe|hta|jar|lnk|msi|msp|pif|ps1|reg|scr|vbe?|wsf)$/i;

/** Characters that break out of a path or a header, or that mislead about a name: controls and marks of direction. */
const unsafe = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}"<>:|?*%;`$#&]/gu;

/** Bytes of a name: it stands in URLs, percent-encoded to three times as many. */
const nameBytes = 200;

/**
 * Makes a name of a file's that is nothing but a name: the last part of a path, without what a path, a header or a URL
 * reads as more than a letter; `file` if nothing is left.
 */
export function fileNameOf(given: string): string {
  const last = given.toWellFormed().split(/[/\\]/).at(-1) ?? "";
  return shortened(withoutDots(last.replace(unsafe, ""))) || "file";
}

/** Removes dots and spaces around a name: they name folders, hide files, or are dropped by some systems. */
function withoutDots(name: string): string {
  const isEdge = (at: number) => /[.\s]/.test(name.charAt(at));
  let [start, end] = [0, name.length];
  while (start < end && isEdge(start)) start += 1;
  while (end > start && isEdge(end - 1)) end -= 1;
  return name.slice(start, end);
}

/** Cuts a name to its bytes and keeps its ending. */
function shortened(name: string): string {
  if (Buffer.byteLength(name) <= nameBytes) return name;
  const ending = /\.[A-Za-z0-9]{1,10}$/.exec(name)?.[0] ?? "";
  let stem = textOf(name.slice(0, name.length - ending.length), nameBytes) ?? "";
  while (Buffer.byteLength(stem + ending) > nameBytes) stem = textOf(stem, stem.length - 1) ?? "";
  return stem + ending;
}

/** Tells whether a file is a program, by its name. */
export const isProgram = (name: string): boolean => programs.test(name);

/** Reads a type of a file without its parameters; `undefined` if it is none. */
export function typeIn(declared: string | undefined): string | undefined {
  const type = declared?.split(";")[0]?.trim().toLowerCase() ?? "";
  return /^[a-z0-9][a-z0-9!#$&^_.+-]{0,63}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,63}$/.test(type) ? type : undefined;
}

/**
 * Reads the declared type of a file, without its parameters.
 * @throws ApiError `bad_request` for one that is no type, or for a program
 */
export function mediaTypeOf(declared: string, name: string): string {
  const type = typeIn(declared);
  if (type === undefined) throw apiError.badRequest("The file's content type is not valid");
  if (isProgram(name)) throw apiError.badRequest(`Files of this kind are not accepted: ${name}`);
  return type;
}

/** Answers the headers under which a file is served, so that no browser takes it for a page or a script. */
export function servedAs({ name, mediaType }: Pick<Attachment, "name" | "mediaType">): {
  readonly type: string;
  readonly disposition: string;
} {
  const isShown = shown.test(mediaType);
  const ascii = name.replace(/[^\x20-\x7e]/g, "_").replace(/["\\]/g, "_");
  // RFC 6266 with the encoding of RFC 8187.
  const encoded = encodeURIComponent(name).replace(/['()*!]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
  return {
    type: isShown ? mediaType : "application/octet-stream",
    disposition: `${isShown ? "inline" : "attachment"}; filename="${ascii}"; filename*=UTF-8''${encoded}`,
  };
}

/** Tells whether a message shows a file as an image. */
export const isImage = (mediaType: string): boolean => /^image\/(?:png|jpeg|gif|webp)$/.test(mediaType);

/** Writes the URL of an attachment, by which messages name it. */
export const mediaUrlOf = (publicUrl: string, { appId, id, name }: Pick<Attachment, "appId" | "id" | "name">): string =>
  `${publicUrl}/attachments/${appId}/${id}/${encodeURIComponent(name)}`;

/** Reads the app and the id of an attachment from a URL of this server, with or without the base path `/sc`. */
export function attachmentAt(
  mediaUrl: string,
  publicUrl: string,
): { readonly appId: string; readonly id: string } | undefined {
  const base = publicUrl.replace(/\/sc$/, "");
  if (!mediaUrl.startsWith(`${base}/`)) return undefined;
  const [, appId, id] =
    /^(?:\/sc)?\/attachments\/([0-9a-f]{24})\/([0-9a-f]{40})(?:\/[^/]*)?$/.exec(mediaUrl.slice(base.length)) ?? [];
  return appId === undefined || id === undefined ? undefined : { appId, id };
}

/** Finds the ids of an app's attachments in the JSON text of a message's content. */
export const attachmentIdsIn = (appId: string, content: string): readonly string[] => [
  ...new Set(
    [...content.matchAll(/\/attachments\/([0-9a-f]{24})\/([0-9a-f]{40})/g)].flatMap(([, app, id]) =>
      app === appId && id !== undefined ? [id] : [],
    ),
  ),
];

/** Names the object in the store that holds an attachment's file. */
export const objectKeyOf = ({ appId, id, fileId = id }: Pick<Attachment, "appId" | "id" | "fileId">): string =>
  `${appId}/${fileId}`;
