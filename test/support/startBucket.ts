import { createHash, createHmac } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { Sha256 } from "@smithy/core/checksum";
import { HttpRequest } from "@smithy/core/transport";
import { SignatureV4 } from "@smithy/signature-v4";
import { readParts } from "../../lib/model/values/formData.ts";

/** The credentials that a test gives the process, as Lambda does. */
export const bucketEnvironment = {
  AWS_REGION: "eu-west-1",
  AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
  AWS_SECRET_ACCESS_KEY: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
  AWS_SESSION_TOKEN: "session/token+1==",
} as const;

interface BucketCall {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

export interface TestBucket {
  /** The address of the bucket, as the stack names it to Lambdas. */
  readonly url: string;
  readonly calls: readonly BucketCall[];
  readonly objects: ReadonlyMap<string, { readonly bytes: Buffer; readonly type: string }>;
  /** Makes the next calls be answered by these statuses. */
  readonly fail: (...statuses: readonly number[]) => void;
  /** Acts once, before the next call is answered. */
  readonly beforeNext: (act: () => Promise<unknown>) => void;
  readonly close: () => void;
}

type BucketAnswer = readonly [status: number, bytes?: Buffer, headers?: Readonly<Record<string, string>>];

/** Answers an object as its link asks. */
function readObject(object: { readonly bytes: Buffer; readonly type: string } | undefined, asked: URLSearchParams) {
  if (object === undefined) return [404] as const;
  const headers = {
    "content-type": asked.get("response-content-type") ?? object.type,
    "content-disposition": asked.get("response-content-disposition") ?? "",
  };
  return [200, object.bytes, headers] as const;
}

const signer = new SignatureV4({
  service: "s3",
  region: bucketEnvironment.AWS_REGION,
  credentials: {
    accessKeyId: bucketEnvironment.AWS_ACCESS_KEY_ID,
    secretAccessKey: bucketEnvironment.AWS_SECRET_ACCESS_KEY,
    sessionToken: bucketEnvironment.AWS_SESSION_TOKEN,
  },
  sha256: Sha256,
  uriEscapePath: false,
  applyChecksum: true,
});

/** Starts a replacement of a bucket of S3, which refuses what AWS's own signer would have signed otherwise. */
export async function startBucket(): Promise<TestBucket> {
  const calls: BucketCall[] = [];
  const objects = new Map<string, { bytes: Buffer; type: string }>();
  const failures: number[] = [];
  let act: (() => Promise<unknown>) | undefined;
  const name = "attachments";
  const answer = async (incoming: IncomingMessage, body: Buffer): Promise<BucketAnswer> => {
    const { method = "", url = "", headers } = incoming;
    const target = new URL(url, `http://${headers.host}`);
    calls.push({ method, path: target.pathname, headers });
    const failure = failures.shift();
    if (failure !== undefined) return [failure];
    if (method === "POST") return postForm(name, headers, body, objects);
    const key = target.pathname.slice(`/${name}/`.length);
    const { searchParams } = target;
    if (method === "GET" || method === "HEAD")
      return (await isSignedLink(method, target)) ? readObject(objects.get(key), searchParams) : [403];
    if (!(await isSignedCall(method, target, headers, body))) return [403];
    return store(method, key, { bytes: body, type: headers["content-type"] ?? "" });
  };
  const store = (method: string, key: string, object: { bytes: Buffer; type: string }): BucketAnswer => {
    if (method === "PUT") objects.set(key, object);
    else objects.delete(key);
    return [method === "PUT" ? 200 : 204];
  };
  const server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const acting = act?.();
    act = undefined;
    await acting;
    const [status, bytes, headers] = await answer(incoming, Buffer.concat(chunks));
    outgoing.writeHead(status, headers).end(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/${name}`,
    calls,
    objects,
    fail: (...statuses) => void failures.push(...statuses),
    beforeNext(next) {
      act = next;
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Reads the time of a signature in its own form. */
const timeOf = (date: string): Date =>
  new Date(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));

async function isSignedCall(method: string, { pathname, host }: URL, headers: IncomingHttpHeaders, body: Buffer) {
  const signed = /SignedHeaders=([^,]+)/.exec(headers.authorization ?? "")?.[1]?.split(";") ?? [];
  const own = signed.filter((name) => !["x-amz-date", "x-amz-security-token"].includes(name));
  const request = new HttpRequest({
    method,
    hostname: host,
    path: pathname,
    headers: Object.fromEntries(own.map((name) => [name, String(headers[name])])),
    body,
  });
  const signingDate = timeOf(String(headers["x-amz-date"]));
  const expected = await signer.sign(request, { signingDate });
  const hash = createHash("sha256").update(body).digest("hex");
  return headers["x-amz-content-sha256"] === hash && headers.authorization === expected.headers.authorization;
}

async function isSignedLink(method: "GET" | "HEAD", { pathname, host, searchParams }: URL): Promise<boolean> {
  const query = Object.fromEntries([...searchParams].filter(([name]) => name.startsWith("response-")));
  const request = new HttpRequest({
    method,
    hostname: host,
    path: pathname,
    headers: { host, "X-Amz-Content-Sha256": "UNSIGNED-PAYLOAD" },
    query,
  });
  const signingDate = timeOf(searchParams.get("X-Amz-Date") ?? "");
  const expiresIn = Number(searchParams.get("X-Amz-Expires"));
  const expected = await signer.presign(request, { signingDate, expiresIn });
  return (
    signingDate.getTime() + expiresIn * 1000 > Date.now() &&
    expected.query?.["X-Amz-Signature"] === searchParams.get("X-Amz-Signature")
  );
}

/** Takes a form as the policy in it allows. */
function postForm(
  bucket: string,
  headers: IncomingHttpHeaders,
  body: Buffer,
  objects: Map<string, { bytes: Buffer; type: string }>,
): [number] {
  const fields = new Map<string, string>([["bucket", bucket]]);
  let file: Buffer | undefined;
  for (const { name, content } of readParts(headers["content-type"], body) ?? [])
    if (name === "file") file = content;
    else fields.set(name, content.toString());
  const policy = fields.get("policy") ?? "";
  const [, ...scope] = (fields.get("x-amz-credential") ?? "").split("/");
  const key = scope.reduce<Buffer | string>(
    (secret, part) => createHmac("sha256", secret).update(part).digest(),
    `AWS4${bucketEnvironment.AWS_SECRET_ACCESS_KEY}`,
  );
  const signature = createHmac("sha256", key).update(policy).digest("hex");
  if (signature !== fields.get("x-amz-signature") || file === undefined) return [403];
  const { expiration, conditions }: { expiration: string; conditions: readonly (object | readonly unknown[])[] } =
    JSON.parse(Buffer.from(policy, "base64").toString());
  const bytes = file;
  const named = new Set(["policy", "x-amz-signature"]);
  const isMet = conditions.every((condition) => {
    if (Array.isArray(condition)) return bytes.length >= Number(condition[1]) && bytes.length <= Number(condition[2]);
    const [[name = "", value] = []] = Object.entries(condition);
    named.add(name);
    return fields.get(name) === value;
  });
  if (!isMet || Date.parse(expiration) <= Date.now() || [...fields.keys()].some((name) => !named.has(name)))
    return [403];
  objects.set(fields.get("key") ?? "", { bytes, type: fields.get("Content-Type") ?? "" });
  return [204];
}
