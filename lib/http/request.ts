import type { APIGatewayProxyEventV2 } from "aws-lambda";
import { basePath } from "../api/basePath.ts";
import { ApiError, apiError } from "../model/apiError.ts";
import { readUrlEncoded } from "../model/values/urlEncoded.ts";
import { callerAddress, withoutEdgeSecret } from "./edge.ts";

/** The documented limit of a JSON request. */
const bodyLimit = 100 * 1024;

/**
 * Levels of nesting in a body. The schemas have at most ten; a recursive walk of a deep value would exhaust its stack.
 */
const depthLimit = 64;

/** A request as the operations see it. */
export interface HttpRequest {
  readonly method: string;
  /** The prefix of the path: `/sc` for a caller with the paths of the vendor's first server, empty for others. */
  readonly base: string;
  readonly path: string;
  /** Path parameters, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** As it was received. */
  readonly rawQuery: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly rawBody: Buffer;
  readonly requestId: string;
  /** The caller's own address, also behind a distribution. */
  readonly sourceIp: string;
  /** The time at which the gateway received it, which is earlier if a Lambda had to start first. */
  readonly receivedAt: Date;
}

/**
 * Reads an API Gateway HTTP API event, payload format 2.0.
 * @throws ApiError if the request passed the distribution before the API by
 */
export function readRequest(event: APIGatewayProxyEventV2): HttpRequest {
  const headers = Object.fromEntries(Object.entries(event.headers).map(([name, value]) => [name.toLowerCase(), value]));
  return {
    method: event.requestContext.http.method,
    ...partPath(event.rawPath),
    params: Object.fromEntries(
      Object.entries(event.pathParameters ?? {}).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, value]],
      ),
    ),
    query: readUrlEncoded(event.rawQueryString),
    rawQuery: event.rawQueryString,
    headers: withoutEdgeSecret(headers),
    rawBody: Buffer.from(event.body ?? "", event.isBase64Encoded ? "base64" : "utf8"),
    requestId: event.requestContext.requestId,
    sourceIp: callerAddress(event, headers),
    receivedAt: new Date(event.requestContext.timeEpoch),
  };
}

/** Splits a path from the base before it, after which the gateway names a stage and which it leaves in the event. */
export function partPath(rawPath: string): { readonly base: string; readonly path: string } {
  const base = `/${basePath}`;
  if (rawPath !== base && !rawPath.startsWith(`${base}/`)) return { base: "", path: rawPath };
  return { base, path: rawPath.slice(base.length) || "/" };
}

/**
 * Reads the JSON object of a request's body.
 * @throws ApiError if it is too large, not JSON, not an object, or nested too deeply
 */
export function readJson(request: HttpRequest): object {
  if (request.rawBody.length > bodyLimit)
    throw new ApiError("request_entity_too_large", `The request body is limited to ${bodyLimit / 1024} kB`);
  if (request.rawBody.length === 0) throw apiError.badRequest("A JSON request body is required");
  let body: unknown;
  try {
    body = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(request.rawBody));
  } catch {
    throw apiError.badRequest("The request body is not valid JSON");
  }
  if (typeof body !== "object" || body === null || Array.isArray(body)) throw apiError.badRequest("should be object");
  // Each level takes two bytes at least, so most bodies need no check.
  if (request.rawBody.length > 2 * depthLimit && isDeeperThan(depthLimit, body))
    throw apiError.badRequest(`The request body is nested deeper than ${depthLimit} levels`);
  return body;
}

/** Tells whether a JSON value is nested deeper than this; walks the levels one by one, not by recursion. */
function isDeeperThan(limit: number, value: object): boolean {
  let level: readonly object[] = [value];
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > limit) return true;
    level = level.flatMap((one) =>
      Object.values(one).filter((part): part is object => typeof part === "object" && part !== null),
    );
  }
  return false;
}
