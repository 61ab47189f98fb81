import { hash } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { fileLimit, lambdaFormLimit } from "../model/files/attachment.ts";
import type { ObjectStore } from "../model/files/objectStore.ts";
import { httpConnections } from "./httpConnections.ts";
import { originOf } from "./jsonRequest.ts";
import { type Credentials, requestSigner, sha256, signText } from "./signRequest.ts";

/** Seconds for which a link to a file is valid; whoever follows it has begun to read by then. */
const linkSeconds = 300;
/** Attempts, and milliseconds of each: together less than the time of a request. */
const attempts = 3;
const requestTimeout = 4_000;

/**
 * Opens the store of files: a bucket of S3, or off AWS a folder.
 * @param url `https:` of the bucket, or `file:` of the folder
 * @param now the clock by which links and forms are signed
 */
export function objectStore(url: string | undefined, now: () => Date): ObjectStore {
  if (url === undefined) throw new Error("This Lambda has no store of files.");
  return url.startsWith("file:") ? folder(fileURLToPath(url)) : bucket(url.replace(/\/$/, ""), now);
}

function folder(path: string): ObjectStore {
  const fileOf = (key: string) => {
    // The keys are ours; this keeps a mistake from leaving the folder.
    if (!/^[0-9a-f]+\/[0-9a-f]+$/.test(key)) throw new Error("This is no key of a file.");
    return join(path, key);
  };
  return {
    formLimit: fileLimit,
    async put(key, bytes) {
      const file = fileOf(key);
      await mkdir(dirname(file), { recursive: true, mode: 0o700 });
      await writeFile(`${file}.part`, bytes, { flush: true, mode: 0o600 });
      await rename(`${file}.part`, file);
    },
    remove: (key) => rm(fileOf(key), { force: true }),
    async read(key) {
      const bytes = await readFile(fileOf(key)).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== "ENOENT") throw error;
        return undefined;
      });
      return bytes && { bytes };
    },
    uploadForm: () => undefined,
  };
}

/** The credentials and the region of the Lambda. */
function signing(): Credentials & { readonly region: string } {
  const { AWS_REGION = "", AWS_ACCESS_KEY_ID = "", AWS_SECRET_ACCESS_KEY = "", AWS_SESSION_TOKEN } = process.env;
  return {
    region: AWS_REGION,
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    sessionToken: AWS_SESSION_TOKEN || undefined,
  };
}

/** The scope of a signature, and its time in the two forms that it is written in. */
function scopeAt(now: Date, region: string) {
  const date = now.toISOString().replace(/[-:]|\.\d+/g, "");
  const scope = [date.slice(0, 8), region, "s3", "aws4_request"];
  return { date, scope, credentialScope: scope.join("/") };
}

function bucket(base: string, now: () => Date): ObjectStore {
  const { pathname } = new URL(base);
  const pathOf = (key: string) => `${pathname === "/" ? "" : pathname}/${key}`;
  return {
    formLimit: lambdaFormLimit,
    async put(key, bytes, mediaType) {
      const headers = { "content-type": mediaType, "content-length": String(bytes.length) };
      await call(base, { method: "PUT", path: pathOf(key), headers, body: bytes });
    },
    async remove(key) {
      await call(base, { method: "DELETE", path: pathOf(key), headers: {} });
    },
    async read(key, { type, disposition }, method) {
      const asked = { "response-content-disposition": disposition, "response-content-type": type };
      return { link: signedLink({ method, url: new URL(base), path: pathOf(key), asked }, now()) };
    },
    uploadForm(key, limits) {
      return { url: `${base}/`, fields: signedFields(base, key, limits, now()) };
    },
  };
}

/** The connections, made at the first call. */
let connections: ReturnType<typeof httpConnections> | undefined;
const sign = requestSigner();

/**
 * Calls S3, three times at most: putting and deleting an object is harmless when it is sent twice.
 * @throws Error with the status of the answer, or that of the connection, after the last attempt
 */
async function call(
  base: string,
  request: {
    readonly method: "PUT" | "DELETE";
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: Uint8Array;
  },
): Promise<void> {
  const url = new URL(base);
  const { method, path, body = new Uint8Array() } = request;
  connections ??= httpConnections({ connectionTimeout: 1_000, requestTimeout });
  const bodyHash = hash("sha256", body, "hex");
  const { region, ...credentials } = signing();
  for (let attempt = 1; ; attempt++) {
    const unsigned = { ...request.headers, host: url.host, "x-amz-content-sha256": bodyHash };
    const signable = { method, path, headers: unsigned, bodyHash };
    const headers = sign(signable, credentials, { at: Date.now(), region, service: "s3" });
    const sent = connections.handle({ ...originOf(url), method, path, headers, body });
    const answer = await sent.then(
      ({ response }) => response.statusCode,
      (error: Error) => error,
    );
    if (typeof answer === "number" && answer < 300) return;
    const passing = typeof answer !== "number" || answer >= 500 || answer === 429;
    if (!passing || attempt === attempts)
      throw typeof answer === "number" ? new Error(`The store of files answers ${answer}.`) : answer;
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 50 * 2 ** attempt));
  }
}

/** Encodes as a signature demands: everything but the unreserved characters of RFC 3986. */
const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html */
function signedLink(
  { method, url, path, asked }: { method: string; url: URL; path: string; asked: Readonly<Record<string, string>> },
  now: Date,
): string {
  const { region, accessKeyId, secretAccessKey, sessionToken } = signing();
  const { date, scope, credentialScope } = scopeAt(now, region);
  const parameters: Readonly<Record<string, string>> = {
    ...asked,
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    "X-Amz-Content-Sha256": "UNSIGNED-PAYLOAD",
    "X-Amz-Credential": `${accessKeyId}/${credentialScope}`,
    "X-Amz-Date": date,
    "X-Amz-Expires": String(linkSeconds),
    ...(sessionToken === undefined ? {} : { "X-Amz-Security-Token": sessionToken }),
    "X-Amz-SignedHeaders": "host",
  };
  const query = Object.entries(parameters)
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join("&");
  const canonical = `${method}\n${path}\n${query}\nhost:${url.host}\n\nhost\nUNSIGNED-PAYLOAD`;
  const toSign = `AWS4-HMAC-SHA256\n${date}\n${credentialScope}\n${sha256(canonical)}`;
  return `${url.origin}${path}?${query}&X-Amz-Signature=${signText(toSign, secretAccessKey, scope)}`;
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html */
function signedFields(
  base: string,
  key: string,
  { mediaType, bytes, until }: Parameters<ObjectStore["uploadForm"]>[1],
  now: Date,
): Readonly<Record<string, string>> {
  const { region, accessKeyId, secretAccessKey, sessionToken } = signing();
  const { date, scope, credentialScope } = scopeAt(now, region);
  const fields: Readonly<Record<string, string>> = {
    key,
    "Content-Type": mediaType,
    success_action_status: "204",
    "x-amz-algorithm": "AWS4-HMAC-SHA256",
    "x-amz-credential": `${accessKeyId}/${credentialScope}`,
    "x-amz-date": date,
    ...(sessionToken === undefined ? {} : { "x-amz-security-token": sessionToken }),
  };
  const conditions = [
    { bucket: bucketNameOf(base) },
    ...Object.entries(fields).map(([name, value]) => ({ [name]: value })),
    ["content-length-range", 1, bytes],
  ];
  const policy = Buffer.from(JSON.stringify({ expiration: until.toISOString(), conditions })).toString("base64");
  return { ...fields, policy, "x-amz-signature": signText(policy, secretAccessKey, scope) };
}

/** Reads the bucket's name from its address, in the path or before the host of S3. */
function bucketNameOf(base: string): string {
  const { hostname, pathname } = new URL(base);
  return pathname.split("/")[1] || (hostname.split(".s3.")[0] ?? "");
}
