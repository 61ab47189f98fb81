/** A file that came with a form: what it is, not its bytes. */
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

const limits = { parts: 1000, headers: 16_384, boundary: 256 } as const;

/**
 * Reads a form as its content type says, `multipart/form-data` (RFC 7578) or `application/x-www-form-urlencoded`. Total
 * and in one pass: what is malformed ends the reading, what was read until then counts; at most 1000 parts.
 */
export function readFormData(contentType: string | undefined, body: Buffer): PostedForm {
  const boundary = boundaryOf(contentType ?? "");
  if (boundary === undefined) return { fields: new URLSearchParams(decode(body)), files: [] };
  const fields = new URLSearchParams();
  const files: FormFile[] = [];
  for (const part of partsOf(body, boundary)) {
    const disposition = part.headers.match(/^content-disposition:[ \t]*form-data;(.*)$/im)?.[1] ?? "";
    const name = parameterOf(disposition, "name");
    const fileName = parameterOf(disposition, "filename");
    if (name === undefined) continue;
    if (fileName === undefined) fields.append(name, decode(part.content));
    else {
      const mediaType = part.headers.match(/^content-type:[ \t]*([^\r\n;]*)/im)?.[1]?.trim() || "text/plain";
      files.push({ name, fileName, mediaType, bytes: part.content.length });
    }
  }
  return { fields, files };
}

function boundaryOf(contentType: string): string | undefined {
  if (!/^[ \t]*multipart\/form-data[ \t]*;/i.test(contentType)) return undefined;
  const match = contentType.match(/;[ \t]*boundary=(?:"([^"]+)"|([^\s;"]+))/i);
  const boundary = match?.[1] ?? match?.[2];
  return boundary !== undefined && boundary.length <= limits.boundary ? boundary : undefined;
}

function* partsOf(body: Buffer, boundary: string): Generator<{ readonly headers: string; readonly content: Buffer }> {
  const delimiter = `\r\n--${boundary}`;
  // The first delimiter may stand at the very beginning, without the line break that opens the others.
  let position = body.indexOf(delimiter.slice(2)) === 0 ? delimiter.length - 2 : after(body, delimiter, 0);
  for (let count = 0; count < limits.parts && position !== -1; count += 1) {
    // White space may pad a delimiter; anything else after it, such as the closing `--`, ends the form.
    const start = after(body, "\r\n", position);
    if (start === -1 || !/^[ \t]*\r\n$/.test(body.toString("latin1", position, Math.min(start, position + 64)))) return;
    const end = body.indexOf(delimiter, start - 2);
    if (end === -1) return;
    const headersEnd = body.indexOf("\r\n\r\n", start - 2);
    if (headersEnd === -1 || headersEnd > end || headersEnd - start > limits.headers) return;
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

/** A parameter of `Content-Disposition`; quotes and line breaks in it are percent-encoded (RFC 7578 section 2, HTML). */
function parameterOf(disposition: string, name: string): string | undefined {
  const match = disposition.match(new RegExp(`(?:^|;)[ \\t]*${name}=(?:"([^"]*)"|([^\\s;"]*))`, "i"));
  const value = match?.[1] ?? match?.[2];
  return value?.replaceAll("%22", '"').replaceAll("%0D", "\r").replaceAll("%0A", "\n");
}

function decode(bytes: Buffer): string {
  return new TextDecoder().decode(bytes);
}
