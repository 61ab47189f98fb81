import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import { setImmediate as nextTurn } from "node:timers/promises";
import { routes } from "../api/routes.ts";
import { bodyLimits, gateway, ownAnswer, type WireRequest, type WireResponse } from "./gateway.ts";
import { reportFault } from "./start/machineFault.ts";
import { startCommand } from "./start/startCommand.ts";
import { StartError } from "./startError.ts";

/** A function that finds the Lambda of an operation; called once for each, when it is first needed. */
export type LoadFunction = (operation: string) => Promise<Lambda>;

type Lambda = (event: object, context: object) => Promise<unknown>;

/** A function that answers a local page, e.g. the one at `/`. */
export type Page = (request: WireRequest) => WireResponse | Promise<WireResponse>;

export interface ServerSettings {
  /** The port; 0 takes a free one. */
  readonly port: number;
  /** An address to listen on besides those of `localhost`, such as 0.0.0.0 for all of this machine. */
  readonly host?: string | undefined;
  /** Answers the requests that nothing here may answer. */
  readonly refuse?: ((request: WireRequest) => WireResponse | undefined) | undefined;
  /** The served routes; the rows of `lib/api/routes.ts` by default. */
  readonly routes?: Readonly<Record<string, { readonly routeKeys: readonly string[]; readonly takesFile?: boolean }>>;
  readonly loadFunction?: LoadFunction;
  /** Pages beside the API, answered to GET by their exact path before a route is looked for. */
  readonly pages?: Readonly<Record<string, Page>>;
  /** Actions of those pages, answered to POST in the same way. */
  readonly actions?: Readonly<Record<string, Page>>;
  /** Answers all below `/local/control/`, by any method. */
  readonly control?: Page;
  /** Answers the calls of the API itself, by the gateway behind it; `undefined` breaks the connection. */
  readonly around?: (request: WireRequest, answer: () => Promise<WireResponse>) => Promise<WireResponse | undefined>;
  /** Called with every answer, e.g. to show it on a terminal. */
  readonly onAnswer?: (answered: {
    readonly method: string;
    readonly path: string;
    readonly status: number;
    readonly milliseconds: number;
    readonly request: WireRequest;
  }) => void;
}

export interface LocalServer {
  readonly url: string;
  /** Answers a call of the API that this process itself makes. */
  readonly call: (request: WireRequest) => Promise<WireResponse>;
  /** Imports every function, so that the first request of each need not wait for it. */
  readonly warm: () => Promise<void>;
  /** Stops listening and ends every connection. */
  readonly close: () => Promise<void>;
}

/**
 * Serves the API over HTTP: the Lambdas of `functions/`, in this process, behind a model of the deployed gateway.
 * @throws StartError if the port is in use or a route has no function file
 */
export async function startServer(settings: ServerSettings): Promise<LocalServer> {
  const { port, loadFunction = importFunction, around = (_, answered) => answered() } = settings;
  const table: NonNullable<ServerSettings["routes"]> = settings.routes ?? routes;
  const limitOf = bodyLimits(table);
  const loaded = new Map<string, Promise<Lambda>>();
  const load = (operation: string): Promise<Lambda> => {
    const lambda = loaded.get(operation) ?? loadFunction(operation);
    loaded.set(operation, lambda);
    return lambda;
  };
  if (!settings.loadFunction) for (const operation of Object.keys(table)) requireFunction(operation);
  const answer = gateway(table, async (operation, event) => {
    const lambda = await load(operation);
    return lambda(event, lambdaContext(operation, event.requestContext.requestId));
  });
  const listener: RequestListener = async (incoming, outgoing) => {
    const started = performance.now();
    try {
      const request = await wireRequest(incoming, limitOf);
      const page = ownPageOf(settings, request);
      const response =
        settings.refuse?.(request) ?? (page ? await page(request) : await around(request, () => answer(request)));
      if (!response) return void incoming.socket.destroy();
      send(outgoing, response);
      settings.onAnswer?.({
        method: request.method,
        path: request.target.split("?")[0] ?? "",
        status: outgoing.statusCode,
        milliseconds: Math.round(performance.now() - started),
        request,
      });
      // The rest of a body that was too large is dropped, or a client that is still sending might not see the answer.
      incoming.resume();
    } catch (error) {
      // A client that went away needs no answer.
      if (!incoming.complete) return;
      reportFault(error);
      send(outgoing, ownAnswer(500, "Internal Server Error"));
    }
  };
  const { servers, port: actualPort } = await listenOn(listener, port, settings.host);
  return {
    url: `http://localhost:${actualPort}`,
    call: answer,
    async warm() {
      for (const operation of Object.keys(table)) {
        await load(operation);
        // Requests that came meanwhile need not wait for all of them.
        await nextTurn();
      }
    },
    async close() {
      await Promise.all(servers.map(closeServer));
    },
  };
}

/** Finds what is answered beside the API. */
function ownPageOf({ pages, actions, control }: ServerSettings, { method, target }: WireRequest): Page | undefined {
  const path = target.split("?")[0] ?? "";
  if (path.startsWith("/local/control/")) return control;
  return (method === "POST" ? actions : /^(GET|HEAD)$/.test(method) ? pages : undefined)?.[path];
}

/**
 * Makes sure that an operation has its file; the build of the package has found them all.
 * @throws StartError if it has none
 */
function requireFunction(operation: string): void {
  const file = new URL(`../../functions/${operation}.ts`, import.meta.url);
  if (import.meta.url.endsWith(".ts") && !existsSync(file))
    throw new StartError(`The route "${operation}" has no functions/${operation}.ts.`);
}

/**
 * Imports the Lambda of an operation; it reads the environment at its first import.
 * @throws StartError if there is no such file, Error if it exports no `handler`
 */
export async function importFunction(operation: string): Promise<Lambda> {
  requireFunction(operation);
  // The build of the package finds the files by this pattern.
  const module: { handler?: unknown } = await import(`../../functions/${operation}.ts`);
  if (typeof module.handler !== "function") throw new Error(`functions/${operation}.ts exports no handler.`);
  // A cast because an import's types are unknown here; AWS does not check a Lambda's signature either.
  return module.handler as Lambda;
}

/**
 * Invokes a worker as its schedule does on AWS.
 * @param time the due time
 */
export async function runSchedule(operation: string, time: Date): Promise<void> {
  await invokeWorker(operation, { time: time.toISOString() });
}

/** Invokes a worker as its source of events does on AWS, and answers what it answers. */
export async function invokeWorker(operation: string, event: object): Promise<unknown> {
  const worker = await importFunction(operation);
  return worker(event, lambdaContext(operation, randomUUID(), 300_000));
}

/** Makes the part of a Lambda's context that the handlers read. */
function lambdaContext(operation: string, awsRequestId: string, timeout = 30_000): object {
  const deadline = Date.now() + timeout;
  return { functionName: operation, awsRequestId, getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()) };
}

/** Reads the body; `undefined` if it is larger than the gateway takes, and the rest is left unread. */
async function readBody(incoming: IncomingMessage, limit: number): Promise<Buffer | undefined> {
  if (Number(incoming.headers["content-length"]) > limit) return undefined;
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming.iterator({ destroyOnReturn: false })) {
    length += chunk.length;
    if (length > limit) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function wireRequest(incoming: IncomingMessage, limitOf: ReturnType<typeof bodyLimits>): Promise<WireRequest> {
  const method = incoming.method ?? "GET";
  const target = pathOf(incoming.url ?? "/");
  const body = await readBody(incoming, limitOf({ method, target }));
  return {
    method,
    target,
    httpVersion: incoming.httpVersion,
    rawHeaders: incoming.rawHeaders,
    body,
    sourceIp: (incoming.socket.remoteAddress ?? "").replace(/^::ffff:/, ""),
    port: incoming.socket.localPort ?? 0,
  };
}

/** Removes the origin that a client of a proxy writes before the target (RFC 9112, section 3.2.2). */
const pathOf = (target: string): string => target.replace(/^https?:\/\/[^/?]*/i, "") || "/";

function send(outgoing: ServerResponse, { status, headers, body }: WireResponse): void {
  if (outgoing.headersSent || outgoing.destroyed) return;
  outgoing.statusCode = status;
  for (const [name, value] of headers) outgoing.appendHeader(name, value);
  if (status !== 204 && status !== 304) outgoing.setHeader("content-length", body.length);
  outgoing.end(body);
}

/** Addresses that stand for all of a machine's. */
const wildcards: readonly (string | undefined)[] = ["0.0.0.0", "::"];

/**
 * Listens at the addresses of `localhost`, 127.0.0.1 and, if the machine has IPv6, ::1, since some clients try only one
 * of the two; and at another address if it is given.
 */
async function listenOn(
  listener: RequestListener,
  port: number,
  host: string | undefined,
): Promise<{ servers: readonly Server[]; port: number }> {
  const all = wildcards.includes(host) ? host : undefined;
  const servers = [await listen(listener, port, all ?? "127.0.0.1")];
  const address = servers[0]?.address();
  const actualPort = typeof address === "object" && address ? address.port : port;
  try {
    // All addresses of IPv6 include those of IPv4.
    if (host !== undefined && all === undefined) servers.push(await listen(listener, actualPort, host));
    if (all !== "::" && host !== "::1") servers.push(...(await listenOnSix(listener, actualPort, port === 0)));
  } catch (error) {
    await Promise.all(servers.map(closeServer));
    throw error;
  }
  return { servers, port: actualPort };
}

/** Listens at ::1; at nothing if there is no IPv6, or a port that was picked free for IPv4 alone is not. */
async function listenOnSix(listener: RequestListener, port: number, isPicked: boolean): Promise<readonly Server[]> {
  try {
    return [await listen(listener, port, "::1")];
  } catch (error) {
    if (!isPicked && error instanceof StartError) throw error;
    return [];
  }
}

function listen(listener: RequestListener, port: number, host: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer(listener);
    server.once("error", (error: NodeJS.ErrnoException) => reject(listenError(error, port, host)));
    server.listen(port, host, () => resolve(server));
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function listenError(error: NodeJS.ErrnoException, port: number, host: string): Error {
  if (error.code === "EADDRINUSE")
    return new StartError(
      `Port ${port} is in use; choose another, e.g. with "${startCommand("--port", String(port + 1))}".`,
    );
  if (error.code === "EACCES") return new StartError(`Port ${port} needs more rights; choose one above 1023.`);
  if (host !== "::1" && (error.code === "EADDRNOTAVAIL" || error.code === "EAFNOSUPPORT"))
    return new StartError(`--host is ${host}, which is no address of this machine.`);
  return error;
}
