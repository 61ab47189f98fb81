import { hash } from "node:crypto";

/** The credentials with which a caller of AWS signs. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

/** The signed parts of a request without a query; the path is that of the canonical request. */
export interface Signable {
  readonly method: string;
  readonly path: string;
  /** By names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The SHA-256 of the body, in hexadecimal. */
  readonly bodyHash: string;
}

/** The scope of a signature: a time in milliseconds, a region and a service. */
export interface Scope {
  readonly at: number;
  readonly region: string;
  readonly service: string;
}

/** Computes the SHA-256 of a text, in hexadecimal. */
export const sha256 = (text: string): string => hash("sha256", text, "hex");

const blockSize = 64;

/** A key of HMAC-SHA256 as the two blocks that are hashed with a message. */
type HmacKey = readonly [inner: Buffer, outer: Buffer];

function hmacKey(secret: Buffer): HmacKey {
  const key = Buffer.alloc(blockSize);
  (secret.length > blockSize ? hash("sha256", secret, "buffer") : secret).copy(key);
  return [key.map((byte) => byte ^ 0x36) as Buffer, key.map((byte) => byte ^ 0x5c) as Buffer];
}

/**
 * Computes HMAC-SHA256 by two one-shot hashes: `createHmac` makes a key object for each message, which takes longer
 * than both.
 */
function hmac([inner, outer]: HmacKey, message: string): Buffer {
  const digest = hash("sha256", Buffer.concat([inner, Buffer.from(message)]), "buffer");
  return hash("sha256", Buffer.concat([outer, digest]), "buffer");
}

/** Derives the key that signs for a day, a region and a service. */
function deriveKey(secret: string, scope: readonly string[]): HmacKey {
  const start = hmacKey(Buffer.from(`AWS4${secret}`));
  return scope.reduce((key, part) => hmacKey(hmac(key, part)), start);
}

/** Signs a text of one's own, such as a policy or the request of a link, under a scope of its parts. */
export const signText = (text: string, secret: string, scope: readonly string[]): string =>
  hmac(deriveKey(secret, scope), text).toString("hex");

/**
 * Makes a signer, which answers the headers of a request together with those that sign it (Signature Version 4). Takes
 * the place of the AWS SDK's `SignatureV4`, which derives its key's name for every request and hashes by objects. The
 * signing key is valid for a day and kept until the day, the region or the credentials change.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function requestSigner() {
  let cached: { readonly name: string; readonly key: HmacKey } | undefined;

  const signingKey = (secret: string, scope: readonly string[]): HmacKey => {
    const name = [secret, ...scope].join("\n");
    if (cached?.name !== name) cached = { name, key: deriveKey(secret, scope) };
    return cached.key;
  };

  return (request: Signable, credentials: Credentials, { at, region, service }: Scope): Record<string, string> => {
    const date = new Date(at).toISOString().replace(/[-:]|\.\d+/g, "");
    const headers: Record<string, string> = { ...request.headers, "x-amz-date": date };
    if (credentials.sessionToken) headers["x-amz-security-token"] = credentials.sessionToken;
    const names = Object.keys(headers).sort();
    const signed = names.join(";");
    let canonical = `${request.method}\n${request.path}\n\n`;
    for (const name of names) canonical += `${name}:${headers[name]?.trim().replace(/\s+/g, " ")}\n`;
    canonical += `\n${signed}\n${request.bodyHash}`;
    const scope = [date.slice(0, 8), region, service, "aws4_request"];
    const credentialScope = scope.join("/");
    const toSign = `AWS4-HMAC-SHA256\n${date}\n${credentialScope}\n${sha256(canonical)}`;
    const signature = hmac(signingKey(credentials.secretAccessKey, scope), toSign).toString("hex");
    headers.authorization = `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${credentialScope}, SignedHeaders=${signed}, Signature=${signature}`;
    return headers;
  };
}
