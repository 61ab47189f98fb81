/**
 * Writes a call's input as the body of its request. Takes the place of the AWS SDK's serializer, which looks up every
 * value in the schema of the operation: the input of the item operations is JSON as it stands, except for bytes, which
 * go as base64.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.LowLevelAPI.html
 */
export const writeBody = (input: object): string => JSON.stringify(withBase64(input));

/**
 * Encodes the bytes in a value as base64; answers the value itself if it has none, so that most are walked but not
 * copied.
 */
function withBase64(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.length).toString("base64");
  let copy: Record<string, unknown> | undefined;
  for (const [name, part] of Object.entries(value)) {
    const written = withBase64(part);
    if (written === part) continue;
    copy ??= (Array.isArray(value) ? [...value] : { ...value }) as Record<string, unknown>;
    copy[name] = written;
  }
  return copy ?? value;
}

/** Reads the body of an answer and decodes its bytes. Throws if the body is not a JSON object. */
export function readBody(text: string): Record<string, unknown> {
  const body: unknown = JSON.parse(text);
  if (typeof body !== "object" || body === null || Array.isArray(body)) throw new SyntaxError("not a JSON object");
  if (text.includes('"B')) readBytes(body);
  return body as Record<string, unknown>;
}

/** Decodes the bytes of every attribute value: an object with the only member `B` or `BS`. */
function readBytes(value: object): void {
  for (const part of Object.values(value)) if (typeof part === "object" && part !== null) readBytes(part);
  const [name, ...others] = Object.keys(value);
  if (others.length > 0 || (name !== "B" && name !== "BS")) return;
  const attribute = value as { B?: unknown; BS?: unknown };
  if (typeof attribute.B === "string") attribute.B = bytesOf(attribute.B);
  if (Array.isArray(attribute.BS)) attribute.BS = attribute.BS.map(bytesOf);
}

/** Makes a plain `Uint8Array` over memory of its own, as the AWS SDK does. */
const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "base64"));
