import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tlsIdentity } from "./dynamodbServer.ts";

/** A request as a receiver of webhooks got it: the body as text and as the very bytes. */
export interface ReceivedRequest {
  readonly method: string;
  /** The path with its query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly bytes: Buffer;
}

/**
 * The reaction to a request: an answer, by its status alone or whole; an answer without an end (`endless`); one that
 * begins and never ends (`stuck`), or that is broken off (`cut`); none (`hang`); or a connection that is broken once the
 * request was read (`reset`).
 */
export type Reaction =
  | number
  | "endless"
  | "stuck"
  | "cut"
  | "hang"
  | "reset"
  | {
      readonly status?: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string | Buffer;
      /** Answers only then: a slow receiver. */
      readonly after?: Promise<unknown>;
    };

/** Decides about a request; the index counts requests from 0. */
export type React = (request: ReceivedRequest, index: number) => Reaction | Promise<Reaction>;

export interface Receiver {
  /** The URL of the receiver, without a slash at its end. */
  readonly url: string;
  readonly port: number;
  /** Every request so far, in the order in which their bodies ended. */
  readonly received: readonly ReceivedRequest[];
  /** Answers the events in the bodies of the requests so far. */
  readonly events: () => readonly ReceivedEvent[];
  /** The greatest number of requests that were under way at once. */
  readonly mostAtOnce: () => number;
  /** Reacts to the next requests in this way, each once; before and after that as `answer` says. */
  readonly answerOnce: (...reactions: readonly Reaction[]) => void;
  /** Reacts to all requests in this way from now on; 200 until then. */
  readonly answer: (react: Reaction | React) => void;
  /** Resolves as soon as there were so many requests. */
  readonly has: (count: number) => Promise<readonly ReceivedRequest[]>;
  readonly close: () => Promise<void>;
  readonly [Symbol.asyncDispose]: () => Promise<void>;
}

/** An event in the body of a webhook's request. */
export interface ReceivedEvent {
  readonly id: string;
  readonly type: string;
  readonly createdAt: string;
  // Of any type of event.
  // biome-ignore lint/suspicious/noExplicitAny: tests look into payloads by name
  readonly payload: any;
}

/**
 * Starts a real HTTP server that receives webhooks, on a port of the loopback interface.
 * @param options `tls` gives it the certificate of `localhost` in test/support/tls; `host` another address
 */
export async function startReceiver({ tls = false, host = "127.0.0.1" } = {}): Promise<Receiver> {
  const received: ReceivedRequest[] = [];
  const script: Reaction[] = [];
  const waiting = new Set<{ readonly count: number; readonly resolve: () => void }>();
  let react: React = () => 200;
  let [underWay, mostAtOnce] = [0, 0];

  const listener = async (request: IncomingMessage, response: ServerResponse) => {
    mostAtOnce = Math.max(mostAtOnce, ++underWay);
    response.once("close", () => void underWay--);
    const one = await readWhole(request);
    const index = received.push(one) - 1;
    for (const waiter of waiting) if (received.length >= waiter.count) waiter.resolve();
    await perform(script.shift() ?? (await react(one, index)), response);
  };
  const answer = (request: IncomingMessage, response: ServerResponse) =>
    // A sender may break off; what a test then expects is the sender's.
    void listener(request, response).catch(() => response.destroy());
  const server = tls ? createSecureServer(tlsIdentity(), answer) : createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const { port } = server.address() as AddressInfo;
  const name = host.includes(":") ? `[${host}]` : host;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return {
    url: tls ? `https://localhost:${port}` : `http://${name}:${port}`,
    port,
    received,
    events: () => received.flatMap(({ body }): readonly ReceivedEvent[] => JSON.parse(body).events),
    mostAtOnce: () => mostAtOnce,
    answerOnce: (...reactions) => void script.push(...reactions),
    answer: (next) => {
      react = typeof next === "function" ? next : () => next;
    },
    has: async (count) => {
      if (received.length < count) await new Promise<void>((resolve) => waiting.add({ count, resolve }));
      return received;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function readWhole(request: IncomingMessage): Promise<ReceivedRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  const { method = "", url: path = "", headers } = request;
  return { method, path, headers, body: bytes.toString(), bytes };
}

/** Does to a request what a script says. */
async function perform(reaction: Reaction, response: ServerResponse): Promise<void> {
  if (typeof reaction === "number") return void response.writeHead(reaction).end();
  if (typeof reaction === "object") {
    const { status = 200, headers = {}, body = "", after } = reaction;
    await after;
    return void response.writeHead(status, headers).end(body);
  }
  if (reaction === "reset") return void response.socket?.resetAndDestroy();
  if (reaction === "stuck") return void response.writeHead(200, { "content-type": "text/plain" }).write("so far");
  if (reaction === "cut") {
    response.writeHead(200, { "content-type": "application/json", "content-length": "1000" });
    return void response.write('{"so far', () => response.socket?.resetAndDestroy());
  }
  if (reaction !== "endless") return;
  response.writeHead(200, { "content-type": "text/plain" });
  const pour = (): void => {
    while (!response.destroyed && response.write("x".repeat(1024)));
  };
  response.on("drain", pour);
  pour();
}
