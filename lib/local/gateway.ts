import { randomUUID } from "node:crypto";
import { STATUS_CODES, validateHeaderName, validateHeaderValue } from "node:http";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { basePath } from "../api/basePath.ts";
import { cors } from "../api/cors.ts";
import { fileLimit } from "../model/files/attachment.ts";
import { now } from "../model/sources/clock.ts";

/** An HTTP request as it came over the wire. */
export interface WireRequest {
  readonly method: string;
  /** Path and query, as sent. */
  readonly target: string;
  readonly httpVersion: string;
  /** Names and values by turns, in the order and spelling they were sent. */
  readonly rawHeaders: readonly string[];
  /** `undefined` if it is larger than `payloadLimit`. */
  readonly body: Buffer | undefined;
  readonly sourceIp: string;
  readonly port: number;
}

/** An HTTP response to send. */
export interface WireResponse {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Buffer;
}

/**
 * Bytes of a body that an HTTP API takes, whatever a Lambda takes of it. Source: the quotas of API Gateway HTTP APIs,
 * "Payload size".
 */
export const payloadLimit = 10 * 1024 * 1024;

/** The part of a route that the gateway knows. */
interface RouteRow {
  readonly routeKeys: readonly string[];
  /** Its body is a form with a file: here it may be as large as files may be, on AWS as `eventLimit` says. */
  readonly takesFile?: boolean;
}

/** Bytes of a form with a file, which is served by this process alone. */
const formLimit = fileLimit + 1024 * 1024;

/** Makes a function that answers the bytes of a body that a request may have. */
export function bodyLimits(
  table: Readonly<Record<string, RouteRow>>,
): (request: { readonly method: string; readonly target: string }) => number {
  const match = routeMatcher(table);
  return ({ method, target }) => {
    const found = match(method, decodePath(target.split("?")[0] ?? ""));
    return found && table[found.operation]?.takesFile ? formLimit : payloadLimit;
  };
}

/** Bytes of an event that a Lambda takes, as JSON. Source: the quotas of Lambda, "Invocation payload", synchronous. */
export const eventLimit = 6 * 1024 * 1024;

/** The call of a Lambda behind a route; its answer may have any form, as on AWS. */
export type Invoke<Operation extends string> = (
  operation: Operation,
  event: APIGatewayProxyEventV2,
) => Promise<unknown>;

/**
 * Answers a request like a deployed API Gateway HTTP API: finds the route, hands the Lambda a payload-2.0 event, and
 * makes the HTTP response of its answer. Never throws: an exception of a Lambda becomes a 500 of the gateway's form.
 * @param table the operations with their route keys, e.g. `GET /v2/apps/{appId}`, `ANY /x/{rest+}`, `$default`
 * @param reportFault called with a Lambda's exception
 */
export function gateway<Operation extends string>(
  table: Readonly<Record<Operation, RouteRow>>,
  invoke: Invoke<Operation>,
  reportFault: (error: unknown) => void = console.error,
): (request: WireRequest) => Promise<WireResponse> {
  const match = routeMatcher(table);
  return async (request) => {
    const headers = joinHeaders(request.rawHeaders);
    if (isPreflight(request.method, headers)) return preflight;
    const requestId = randomUUID();
    const respond = (response: WireResponse) => completed(response, headers, requestId);
    if (request.body === undefined) return respond(ownAnswer(413, "Request Entity Too Large"));
    const [encodedPath = "", ...query] = request.target.split("?");
    const path = decodePath(encodedPath);
    const found = match(request.method, path);
    if (!found) return respond(ownAnswer(404, "Not Found"));
    try {
      const { body } = request;
      const event = buildEvent({ ...request, body, headers, path, query: query.join("?"), requestId }, found);
      // A: in the form of a body that the gateway itself refuses; for REST APIs it is seen to be a 413, too.
      if (!table[found.operation].takesFile && isTooLarge(event))
        return respond(ownAnswer(413, "Request Entity Too Large"));
      return respond(readResult(await invoke(found.operation, event)));
    } catch (error) {
      reportFault(error);
      return respond(ownAnswer(500, "Internal Server Error"));
    }
  };
}

const completed = (
  response: WireResponse,
  headers: Readonly<Record<string, string>>,
  requestId: string,
): WireResponse => ({
  ...response,
  headers: [...response.headers, ["apigw-requestid", requestId], ...corsHeaders(headers)],
});

/** Gives an answer to a request what the gateway adds to each, so that a page elsewhere can read it. */
export const asFromGateway = (response: WireResponse, request: WireRequest): WireResponse =>
  completed(response, joinHeaders(request.rawHeaders), randomUUID());

/** Makes a function that finds the operation of a request; `undefined` where no route is for it. */
export function operationFinder(
  table: Readonly<Record<string, RouteRow>>,
): (request: { readonly method: string; readonly target: string }) => string | undefined {
  const match = routeMatcher(table);
  return ({ method, target }) => match(method, decodePath(target.split("?")[0] ?? ""))?.operation;
}

/** Makes an answer of the gateway's own. */
export function ownAnswer(status: number, message: string): WireResponse {
  return { status, headers: [["content-type", "application/json"]], body: Buffer.from(JSON.stringify({ message })) };
}

interface Match<Operation extends string> {
  readonly operation: Operation;
  readonly routeKey: string;
  readonly pathParameters: Readonly<Record<string, string>>;
  readonly stage: string;
}

/**
 * Splits a path into its stage and the rest, which the routes match: the stage that the first segment names, else
 * `$default`. Slashes too many at the beginning count as one. Source: the developer guide of HTTP APIs, "Routing API
 * requests"; for the slashes, MiniStack, whose authors compare with AWS.
 */
function stageOf(path: string): { readonly stage: string; readonly routed: string } {
  const [, first, rest = ""] = /^\/([^/]*)(.*)$/s.exec(path) ?? [];
  if (first === basePath) return { stage: basePath, routed: rest || "/" };
  return { stage: "$default", routed: path.replace(/^\/+/, "/") };
}

/**
 * Finds the most specific route: from the left a literal segment precedes a `{parameter}`, that a greedy
 * `{parameter+}`, a method `ANY`, and `$default` comes last. Source: the developer guide of HTTP APIs, "Routing API
 * requests".
 */
function routeMatcher<Operation extends string>(
  table: Readonly<Record<Operation, { readonly routeKeys: readonly string[] }>>,
): (method: string, path: string) => Match<Operation> | undefined {
  // `Object.entries` types keys only as strings; these are the table's.
  const rows = Object.entries(table) as [Operation, { readonly routeKeys: readonly string[] }][];
  const routes = rows
    .flatMap(([operation, { routeKeys }]) => routeKeys.map((routeKey) => ({ operation, ...parseRouteKey(routeKey) })))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1));
  return (method, path) => {
    const { stage, routed } = stageOf(path);
    const segments = routed.split("/").slice(1);
    for (const { operation, routeKey, method: expected, pattern } of routes) {
      if (expected !== "ANY" && expected !== method) continue;
      const pathParameters = matchSegments(pattern, segments);
      if (pathParameters) return { operation, routeKey, pathParameters, stage };
    }
    return undefined;
  };
}

function parseRouteKey(routeKey: string) {
  if (routeKey === "$default") return { routeKey, method: "ANY", pattern: undefined, rank: "~" };
  const [method = "", path = ""] = routeKey.split(" ");
  const pattern = path.split("/").slice(1);
  const kind = (segment: string) => (segment.endsWith("+}") ? "3" : segment.startsWith("{") ? "2" : "1");
  return { routeKey, method, pattern, rank: `${pattern.map(kind).join("")}${method === "ANY" ? "b" : "a"}` };
}

/** Reads the parameters of a path that matches; `$default` has no pattern and matches all. */
function matchSegments(
  pattern: readonly string[] | undefined,
  segments: readonly string[],
): Readonly<Record<string, string>> | undefined {
  if (pattern === undefined) return {};
  const last = pattern.length - 1;
  const actual = pattern[last]?.endsWith("+}")
    ? [...segments.slice(0, last), segments.slice(last).join("/")]
    : segments;
  if (actual.length !== pattern.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, expected] of pattern.entries()) {
    const [, name] = /^\{(.*?)\+?\}$/.exec(expected) ?? [];
    const segment = actual[index] ?? "";
    // Neither kind of parameter matches an empty segment.
    if (name === undefined ? segment !== expected : segment === "") return undefined;
    if (name !== undefined) parameters[name] = segment;
  }
  return parameters;
}

/**
 * Decodes a path once, before it is matched, so that `%2F` separates segments like `/`. Bytes that are not UTF-8 stay
 * as they were sent, for the Lambda to judge.
 */
function decodePath(path: string): string {
  return path.replace(/(?:%[0-9a-f]{2})+/gi, (encoded) => {
    try {
      return decodeURIComponent(encoded);
    } catch {
      return encoded;
    }
  });
}

/** Joins repeated headers by commas, under their names in lower case. */
function joinHeaders(raw: readonly string[]): Readonly<Record<string, string>> {
  const headers = new Map<string, string>();
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = (raw[i] ?? "").toLowerCase();
    const before = headers.get(name);
    const separator = name === "cookie" ? "; " : ",";
    headers.set(name, before === undefined ? (raw[i + 1] ?? "") : `${before}${separator}${raw[i + 1]}`);
  }
  return Object.fromEntries(headers);
}

/**
 * Headers of a connection, which a gateway does not pass on (RFC 9110, section 7.6.1); cookies are passed apart from
 * the others.
 */
const notPassedOn = new Set(["connection", "cookie", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"]);

/** A request with its headers joined, its path decoded and an id. */
interface ReceivedRequest extends WireRequest {
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
  readonly path: string;
  readonly query: string;
  readonly requestId: string;
}

/** Builds the event of a request. Source: the developer guide of HTTP APIs, "Payload format version", 2.0. */
function buildEvent(request: ReceivedRequest, match: Match<string>): APIGatewayProxyEventV2 {
  const { body, headers, path, query, requestId } = request;
  const { routeKey, pathParameters, stage } = match;
  const received = now();
  const host = headers.host ?? "";
  const base64 = !isText(headers["content-type"], body);
  return {
    version: "2.0",
    routeKey,
    rawPath: path,
    rawQueryString: query,
    ...(headers.cookie === undefined ? {} : { cookies: headers.cookie.split(/; */).filter(Boolean) }),
    headers: passedHeaders(request),
    ...(query === "" ? {} : { queryStringParameters: queryParameters(query) }),
    ...(Object.keys(pathParameters).length === 0 ? {} : { pathParameters }),
    requestContext: {
      accountId: "000000000000",
      apiId: "local",
      domainName: host,
      domainPrefix: host.split(/[.:]/)[0] ?? "",
      http: {
        method: request.method,
        path,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.sourceIp,
        userAgent: headers["user-agent"] ?? "",
      },
      requestId,
      routeKey,
      stage,
      time: accessLogTime(received),
      timeEpoch: received.getTime(),
    },
    ...(body.length === 0 ? {} : { body: body.toString(base64 ? "base64" : "utf8") }),
    isBase64Encoded: base64 && body.length > 0,
  };
}

function passedHeaders({ headers, sourceIp, port }: ReceivedRequest): Readonly<Record<string, string>> {
  const forwarded = headers["x-forwarded-for"];
  return {
    ...Object.fromEntries(Object.entries(headers).filter(([name]) => !notPassedOn.has(name))),
    "x-forwarded-for": forwarded === undefined ? sourceIp : `${forwarded}, ${sourceIp}`,
    "x-forwarded-port": String(port),
    // A proxy before this server, such as a tunnel, may use TLS.
    "x-forwarded-proto": /^https\b/i.test(headers["x-forwarded-proto"] ?? "") ? "https" : "http",
  };
}

function queryParameters(query: string): Readonly<Record<string, string>> {
  const parameters: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(query))
    parameters[name] = Object.hasOwn(parameters, name) ? `${parameters[name]},${value}` : value;
  return parameters;
}

/**
 * Tells whether a body is handed over as text; anything else is base64-encoded, including forms and bodies without a
 * type. AWS does not document the types; they were found by experiment. A: text that is not UTF-8 is encoded as well,
 * so that a signature over the bytes still holds.
 */
function isText(contentType: string | undefined, body: Buffer): boolean {
  const type = contentType?.split(";")[0]?.trim().toLowerCase() ?? "";
  return (
    /^(text\/.*|application\/(json|xml|javascript))$/.test(type) && Buffer.from(body.toString("utf8")).equals(body)
  );
}

/**
 * Tells whether an event is larger than a Lambda takes. Base64 makes four bytes of three, and JSON up to six of one.
 */
function isTooLarge(event: APIGatewayProxyEventV2): boolean {
  // Node limits the rest of a request to less than the room that this leaves.
  if ((event.body ?? "").length < eventLimit / 12) return false;
  return Buffer.byteLength(JSON.stringify(event)) > eventLimit;
}

/** Writes the time like access logs, in UTC: `12/Mar/2026:19:03:58 +0000`. */
function accessLogTime(time: Date): string {
  const [, day, month, year, clock] = /(\d{2}) (\w{3}) (\d{4,6}) ([\d:]{8})/.exec(time.toUTCString()) ?? [];
  return `${day}/${month}/${year}:${clock} +0000`;
}

/**
 * Makes the response of a Lambda's answer: with a `statusCode` it describes one, anything else is itself the body.
 * Source: the developer guide of HTTP APIs, "Lambda function response for format 2.0".
 */
function readResult(result: unknown): WireResponse {
  if (typeof result !== "object" || result === null || !("statusCode" in result)) {
    const text = typeof result === "string" ? result : JSON.stringify(result ?? null);
    return { status: 200, headers: [["content-type", "application/json"]], body: Buffer.from(text) };
  }
  // The object's fields are checked as far as they are used.
  const {
    statusCode,
    headers = {},
    cookies = [],
    body = "",
    isBase64Encoded,
  } = result as APIGatewayProxyStructuredResultV2;
  const status = Number(statusCode);
  if (STATUS_CODES[status] === undefined || status < 200 || typeof body !== "string")
    throw new TypeError("The function's answer has no valid status code or its body is not a string.");
  const named = Object.entries(headers)
    .map(([name, value]) => [name.toLowerCase(), String(value)] as const)
    // The gateway ignores the CORS headers of a Lambda if it has a CORS configuration of its own.
    .filter(([name]) => !name.startsWith("access-control-") && name !== "content-length");
  for (const [name, value] of named) {
    validateHeaderName(name);
    validateHeaderValue(name, value);
  }
  const typed = named.some(([name]) => name === "content-type");
  return {
    status,
    headers: [
      ...named,
      ...(typed || body === "" ? [] : [["content-type", "text/plain;charset=UTF-8"] as const]),
      ...cookies.map((cookie) => ["set-cookie", cookie] as const),
    ],
    body: Buffer.from(body, isBase64Encoded ? "base64" : "utf8"),
  };
}

/**
 * Tells whether a request is a preflight, which the gateway answers itself, whatever the path. Source: the developer
 * guide of HTTP APIs, "Configure CORS".
 */
const isPreflight = (method: string, headers: Readonly<Record<string, string>>): boolean =>
  method === "OPTIONS" && headers.origin !== undefined && headers["access-control-request-method"] !== undefined;

const preflight: WireResponse = {
  status: 204,
  headers: [
    ["access-control-allow-origin", cors.origin],
    ["access-control-allow-methods", cors.methods.join(",")],
    ["access-control-allow-headers", cors.headers.join(",")],
    ["access-control-max-age", String(cors.maxAgeSeconds)],
  ],
  body: Buffer.alloc(0),
};

const corsHeaders = (headers: Readonly<Record<string, string>>): readonly (readonly [string, string])[] =>
  headers.origin === undefined ? [] : [["access-control-allow-origin", cors.origin]];
