import { readFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";

/** A request as it came over the wire. */
export interface Received {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A function that answers a request, or breaks its connection; the index counts requests from 0. */
export type Answer = (
  received: Received,
  index: number,
  response: ServerResponse,
  request: IncomingMessage,
) => void | Promise<void>;

export interface TestServer {
  readonly endpoint: string;
  readonly received: readonly Received[];
  /** Answers the number of connections so far. */
  readonly connections: () => number;
  readonly [Symbol.asyncDispose]: () => Promise<void>;
}

const pem = (name: string) => fileURLToPath(new URL(`./tls/${name}`, import.meta.url));

/** The certificate of servers with TLS, which a process trusts by `NODE_EXTRA_CA_CERTS`. */
export const certificate = pem("localhost.crt");

/** Reads the key and certificate of a server with TLS. */
export const tlsIdentity = () => ({ key: readFileSync(pem("localhost.key")), cert: readFileSync(certificate) });

/** Starts a replacement of a service of AWS: stores its requests, and answers each as the test decides. */
export async function startServer(answer: Answer, { tls = false } = {}): Promise<TestServer> {
  const received: Received[] = [];
  let connections = 0;
  const listener = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method, url: path, headers } = request;
    const one = { method, path, headers, body: Buffer.concat(chunks).toString() };
    received.push(one);
    await answer(one, received.length - 1, response, request);
  };
  const server = tls ? createSecureServer(tlsIdentity(), listener) : createServer(listener);
  server.on(tls ? "secureConnection" : "connection", () => void connections++);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: tls ? `https://localhost:${port}` : `http://127.0.0.1:${port}`,
    received,
    connections: () => connections,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Answers a body as DynamoDB does. */
export const answerJson = (
  response: ServerResponse,
  body: object,
  { status = 200, headers = {} }: { readonly status?: number; readonly headers?: Record<string, string> } = {},
) =>
  void response
    .writeHead(status, { "content-type": "application/x-amz-json-1.0", "x-amzn-requestid": "request", ...headers })
    .end(JSON.stringify(body));

/** Makes an error as DynamoDB names it. */
export const errorBody = (type: string, more: object = {}) => ({
  __type: `com.amazonaws.dynamodb.v20120810#${type}`,
  message: "Why",
  ...more,
});
