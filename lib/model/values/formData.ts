import { fieldLimit, readUrlEncoded } from "./urlEncoded.ts";

/** A file of a form: its description without its bytes. */
export interface FormFile {
  readonly name: string;
  readonly fileName: string;
  readonly mediaType: string;
  readonly bytes: number;
}

/** A posted form. */
export interface PostedForm {
  readonly fields: URLSearchParams;
  readonly files: readonly FormFile[];
}

/** Limits on bytes of headers in a part, and on characters of a boundary. */
const limits = { headers: 16_384, boundary: 256 } as const;

/**
 * Reads a form by its content type, `multipart/form-data` (RFC 7578) or `application/x-www-form-urlencoded`. Total and
 * in one pass: malformed input ends the reading, and the parts before it count; at most 1000 parts.
 */
export function readFormData(contentType: string | undefined, body: Buffer): PostedForm {
  const parts = readParts(contentType, body);
  if (parts === undefined) return { fields: readUrlEncoded(decode(body)), files: [] };
  const fields = new URLSearchParams();
  const files: FormFile[] = [];
  for (const { name, fileName, mediaType, content } of parts) {
    if (fileName === undefined) fields.append(name, decode(content));
    else files.push({ name, fileName, mediaType, bytes: content.length });
  }
  return { fields, files };
}

/** A part of a form; one with a file name is a file. */
export interface FormPart {
  readonly name: string;
  readonly fileName: string | undefined;
  readonly mediaType: string;
  /** A view of the form's bytes. */
  readonly content: Buffer;
}

/** Reads the parts of a `multipart/form-data` form like `readFormData`; `undefined` for any other content type. */
export function readParts(contentType: string | undefined, body: Buffer): readonly FormPart[] | undefined {
  const boundary = boundaryOf(contentType ?? "");
  return boundary === undefined ? undefined : [...namedParts(body, boundary)];
}

function* namedParts(body: Buffer, boundary: string): Generator<FormPart> {
  for (const { headers, content } of partsOf(body, boundary)) {
    const disposition = parametersOf(headers.match(/^content-disposition:[ \t]*form-data(?=;)/im), headers);
    const name = disposition.get("name");
    if (name === undefined) continue;
    const mediaType = headers.match(/^content-type:[ \t]*([^\r\n;]*)/im)?.[1]?.trim() || "text/plain";
    yield { name, fileName: disposition.get("filename"), mediaType, content };
  }
}

function boundaryOf(contentType: string): string | undefined {
  const boundary = parametersOf(contentType.match(/^[ \t]*multipart\/form-data(?=[ \t]*;)/i), contentType).get(
    "boundary",
  );
  return boundary !== undefined && boundary !== "" && boundary.length <= limits.boundary ? boundary : undefined;
}

function* partsOf(body: Buffer, boundary: string): Generator<{ readonly headers: string; readonly content: Buffer }> {
  const delimiter = `\r\n--${boundary}`;
  // The first delimiter may stand at the very beginning, without the line break that opens the others.
  let position = body.indexOf(delimiter.slice(2)) === 0 ? delimiter.length - 2 : after(body, delimiter, 0);
  for (let count = 0; count < fieldLimit && position !== -1; count += 1) {
    // White space may pad a delimiter; anything else after it, such as the closing `--`, ends the form.
    const start = after(body, "\r\n", position);
    if (start === -1 || !/^[ \t]*\r\n$/.test(body.toString("latin1", position, Math.min(start, position + 64)))) return;
    const end = body.indexOf(delimiter, start - 2);
    if (end === -1) return;
    const headersEnd = body.subarray(0, end + 4).indexOf("\r\n\r\n", start - 2);
    if (headersEnd === -1 || headersEnd - start > limits.headers) return;
    yield {
      headers: decode(body.subarray(start, Math.max(start, headersEnd))),
      content: body.subarray(Math.min(headersEnd + 4, end), end),
    };
    position = end + delimiter.length;
  }
}

function after(body: Buffer, text: string, from: number): number {
  const index = body.indexOf(text, from);
  return index === -1 ? -1 : index + text.length;
}

const parameter = /[ \t]*;[ \t]*([^\s;=]*)(?:=(?:"([^"\r\n]*)"|([^\s;"]*)))?/y;

/**
 * Reads the parameters of a header after its value, by lower-case name, the first of each name; quotes and line breaks
 * in them are percent-encoded (RFC 7578 section 2, HTML). They follow upon one another, and the first text that is no
 * parameter ends them.
 */
function parametersOf(value: RegExpMatchArray | null, header: string): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  if (value === null) return parameters;
  parameter.lastIndex = (value.index ?? 0) + value[0].length;
  for (let match = parameter.exec(header); match; match = parameter.exec(header)) {
    const [, name = "", quoted, plain = ""] = match;
    const written = (quoted ?? plain).replaceAll("%22", '"').replaceAll("%0D", "\r").replaceAll("%0A", "\n");
    if (!parameters.has(name.toLowerCase())) parameters.set(name.toLowerCase(), written);
  }
  return parameters;
}

function decode(bytes: Buffer): string {
  return new TextDecoder().decode(bytes);
}
