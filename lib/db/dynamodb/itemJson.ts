/**
 * A call's input as the body of its request. Takes the place of the AWS SDK's serializer, which looks every value up in
 * the schema of the operation: what the item operations send is JSON as it stands, but for bytes, which go as base64.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.LowLevelAPI.html
 */
export const writeBody = (input: object): string => JSON.stringify(withBase64(input));

/** The value with its bytes as base64; the value itself where it has none, so that most are walked but not copied. */
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

/** The body of an answer, with the bytes that attributes hold. Throws where it is not a JSON object. */
export function readBody(text: string): Record<string, unknown> {
  const body: unknown = JSON.parse(text);
  if (typeof body !== "object" || body === null || Array.isArray(body)) throw new SyntaxError("not a JSON object");
  if (text.includes('"B')) readBytes(body);
  return body as Record<string, unknown>;
}

/** Reads the bytes of every attribute value: an object whose only member is `B` or `BS`. */
function readBytes(value: object): void {
  for (const part of Object.values(value)) if (typeof part === "object" && part !== null) readBytes(part);
  const [name, ...others] = Object.keys(value);
  if (others.length > 0 || (name !== "B" && name !== "BS")) return;
  const attribute = value as { B?: unknown; BS?: unknown };
  if (typeof attribute.B === "string") attribute.B = bytesOf(attribute.B);
  if (Array.isArray(attribute.BS)) attribute.BS = attribute.BS.map(bytesOf);
}

/** A plain `Uint8Array`, as the AWS SDK answers it, over memory of its own. */
const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "base64"));
