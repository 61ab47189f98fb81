import { isUtf8 } from "node:buffer";
import type { WireRequest, WireResponse } from "../gateway.ts";

/** A request of the API and its answer. */
interface Exchange {
  /** Its place in the log, which counts on over resets. */
  readonly sequence: number;
  readonly at: string;
  readonly request: WireRequest;
  /** Absent where the connection was broken. */
  readonly response: WireResponse | undefined;
  readonly milliseconds: number;
  /** The fault that befell it. */
  readonly faultId: number | undefined;
}

/** Number of exchanges that are kept, and of bytes of their bodies; the oldest go first. */
const kept = { exchanges: 500, bytes: 16 * 1024 * 1024 };
/** Bytes of a body that are kept. */
const keptOfBody = 64 * 1024;

export type RequestLog = ReturnType<typeof requestLog>;

/**
 * Keeps the latest requests of the API with their answers.
 * @param operationOf finds the operation of a request
 */
export function requestLog(operationOf: (request: WireRequest) => string | undefined) {
  let exchanges: Exchange[] = [];
  let bytes = 0;
  let sequence = 0;
  return {
    add(exchange: Omit<Exchange, "sequence">): void {
      const entry = { sequence: ++sequence, ...shortened(exchange) };
      exchanges.push(entry);
      bytes += sizeOf(entry);
      let gone = 0;
      while (exchanges.length - gone > 1 && (exchanges.length - gone > kept.exchanges || bytes > kept.bytes)) {
        const oldest = exchanges[gone++];
        bytes -= oldest ? sizeOf(oldest) : 0;
      }
      if (gone > 0) exchanges = exchanges.slice(gone);
    },
    /** Lists the requests after a place, the oldest first. */
    list: (after: number, wanted: (shown: ShownExchange) => boolean) => ({
      requests: exchanges
        .filter((exchange) => exchange.sequence > after)
        .map((exchange) => shown(exchange, operationOf(exchange.request)))
        .filter(wanted),
      next: sequence,
    }),
    /** Forgets all requests; the count goes on. */
    clear(): void {
      exchanges = [];
      bytes = 0;
    },
  };
}

const sizeOf = ({ request, response }: Omit<Exchange, "sequence">): number =>
  (request.body?.length ?? 0) + (response?.body.length ?? 0);

/** Keeps no more of large bodies than their beginnings, as copies: a part of a buffer would keep the whole. */
function shortened(exchange: Omit<Exchange, "sequence">): Omit<Exchange, "sequence"> {
  const { request, response } = exchange;
  return {
    ...exchange,
    request: { ...request, body: request.body && beginningOf(request.body) },
    response: response && { ...response, body: beginningOf(response.body) },
  };
}

const beginningOf = (body: Buffer): Buffer =>
  body.length <= keptOfBody ? body : Buffer.from(body.subarray(0, keptOfBody));

export type ShownExchange = ReturnType<typeof shown>;

function shown({ request, response, ...exchange }: Exchange, operation: string | undefined) {
  const [path = "", ...query] = request.target.split("?");
  const pairs = request.rawHeaders.flatMap((name, index) =>
    index % 2 === 0 ? [[name.toLowerCase(), request.rawHeaders[index + 1] ?? ""] as const] : [],
  );
  return {
    ...exchange,
    operation,
    method: request.method,
    path,
    query: query.join("?"),
    headers: headersOf(pairs),
    body: textOf(request.body),
    response: response && {
      status: response.status,
      headers: headersOf(response.headers),
      body: textOf(response.body),
    },
  };
}

/** Joins the values of each header. */
function headersOf(pairs: readonly (readonly [string, string])[]): Readonly<Record<string, string>> {
  const joined = new Map<string, string>();
  for (const [name, value] of pairs) {
    const before = joined.get(name);
    joined.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return Object.fromEntries(joined);
}

/** Shows a body as text, or as base64 where it is none. */
function textOf(body: Buffer | undefined): string | { readonly base64: string } | undefined {
  if (body === undefined) return undefined;
  return isUtf8(body) ? body.toString() : { base64: body.toString("base64") };
}
