/** A file as it is answered: whole, a part of it, or neither. */
export interface FilePart {
  readonly status: 200 | 206 | 416;
  readonly bytes: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Cuts out of a file what a request asks for by the header `Range`: one range of bytes. Several, or what is no range of
 * bytes, are answered by the whole file, and so is a range under the condition that the file is the same, since files have
 * no validator here.
 * @see https://www.rfc-editor.org/rfc/rfc9110#name-range-requests
 */
export function partOf(bytes: Buffer, range: string | undefined, ifRange: string | undefined): FilePart {
  const accepts = { "accept-ranges": "bytes" };
  const [asked, first = "", last = ""] = /^bytes=(\d{0,15})-(\d{0,15})$/i.exec(range?.trim() ?? "") ?? [];
  const isValid = asked !== undefined && asked !== "bytes=-" && (first === "" || last === "" || +first <= +last);
  if (!isValid || ifRange !== undefined) return { status: 200, bytes, headers: accepts };
  const { length } = bytes;
  const start = first === "" ? Math.max(0, length - Number(last)) : Number(first);
  const end = first === "" || last === "" ? length - 1 : Math.min(Number(last), length - 1);
  if (start >= length)
    return { status: 416, bytes: Buffer.alloc(0), headers: { ...accepts, "content-range": `bytes */${length}` } };
  return {
    status: 206,
    bytes: bytes.subarray(start, end + 1),
    headers: { ...accepts, "content-range": `bytes ${start}-${end}/${length}` },
  };
}
