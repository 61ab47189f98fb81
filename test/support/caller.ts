import { randomBytes } from "node:crypto";
import { request } from "node:http";
import { confide, confideBody } from "./confidences.ts";

/** An API key. */
export interface Credentials {
  readonly id: string;
  readonly secret: string;
}

export interface Reply<Body = unknown> {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** The text as JSON, `undefined` if it is none; its type is the test's claim. */
  readonly body: Body;
}

/** An HTTP client of one server and one key; a body is sent as JSON, a string or bytes as they are. */
export interface Caller {
  readonly get: Send;
  readonly post: Send;
  readonly put: Send;
  readonly patch: Send;
  readonly delete: Send;
  readonly send: <Body = unknown>(method: string, path: string, options?: SendOptions) => Promise<Reply<Body>>;
}

type Headers = Readonly<Record<string, string | string[]>>;
type Send = <Body = unknown>(path: string, body?: unknown, headers?: Headers) => Promise<Reply<Body>>;
export type SendOptions = { readonly body?: unknown; readonly headers?: Headers };

/** Makes a caller with Basic credentials, or with none. The path goes over the wire exactly as given. */
export function caller(url: string, credentials?: Credentials): Caller {
  const send = <Body>(method: string, path: string, { body, headers }: SendOptions = {}): Promise<Reply<Body>> =>
    new Promise((resolve, reject) => {
      const raw = typeof body === "string" || Buffer.isBuffer(body);
      remember(credentials?.secret, headers?.authorization, raw ? parse(body.toString()) : body);
      const sent = body === undefined || raw ? body : JSON.stringify(body);
      const { hostname, port } = new URL(url);
      const outgoing = request(
        {
          method,
          hostname,
          port,
          path,
          headers: {
            ...(credentials && { authorization: basic(credentials) }),
            ...(body !== undefined && !raw && { "content-type": "application/json" }),
            // Node sends no length of a body for methods that seldom have one.
            ...(sent !== undefined &&
              !headers?.["transfer-encoding"] && { "content-length": String(Buffer.byteLength(sent)) }),
            ...headers,
          },
        },
        (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on("data", (chunk) => chunks.push(chunk));
          incoming.on("error", reject);
          incoming.on("end", () => {
            const text = Buffer.concat(chunks).toString();
            remember(parse(text));
            resolve({
              status: incoming.statusCode ?? 0,
              headers: incoming.headers,
              text,
              // The test claims the type that it expects.
              body: parse(text) as Body,
            });
          });
        },
      );
      outgoing.on("error", (error: NodeJS.ErrnoException) => {
        // A kept connection that the server closed at that moment carried nothing: Node's documentation advises to try
        // again.
        if (outgoing.reusedSocket && error.code === "ECONNRESET")
          resolve(send<Body>(method, path, { body, ...(headers && { headers }) }));
        else reject(error);
      });
      outgoing.end(sent);
    });
  const method =
    (name: string): Send =>
    (path, body, headers) =>
      send(name, path, { body, ...(headers && { headers }) });
  return {
    get: method("GET"),
    post: method("POST"),
    put: method("PUT"),
    patch: method("PATCH"),
    delete: method("DELETE"),
    send,
  };
}

/** Makes an account key of a server's own. */
export const newAccountKey = (): Credentials => ({
  id: `act_${randomBytes(12).toString("hex")}`,
  secret: randomBytes(32).toString("base64url"),
});

/** Writes an `Authorization` header for Basic credentials. */
export const basic = ({ id, secret }: Credentials): string =>
  `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}`;

/** Remembers the parts of a request or an answer that no log may hold. */
function remember(...values: readonly unknown[]): void {
  for (const value of values) {
    confide(value);
    confideBody(value);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
