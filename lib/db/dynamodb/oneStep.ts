import { randomUUID } from "node:crypto";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { isClockSkewError, retryMiddleware } from "@smithy/core/retry";
import { HttpRequest, type HttpResponse } from "@smithy/core/transport";
import type { httpConnections } from "./httpConnections.ts";
import { readBody, writeBody } from "./itemJson.ts";
import { jsonHeaders, originOf } from "./jsonRequest.ts";
import type { Place } from "./place.ts";
import { serverClock } from "./serverClock.ts";
import { type Metadata, serviceError } from "./serviceError.ts";
import { requestSigner } from "./signRequest.ts";

/** What one attempt comes to, in the form that the SDK's retry middleware hands on. */
interface Attempted {
  readonly response: HttpResponse;
  readonly output: { readonly $metadata: Metadata; readonly refused?: Error };
}

type Plugin = Parameters<DynamoDBClient["middlewareStack"]["use"]>[0];

/** The commands that the step knows: those on items, whose JSON holds nothing but what `itemJson.ts` reads and writes. */
const operations: ReadonlySet<string> = new Set([
  "BatchGetItem",
  "BatchWriteItem",
  "DeleteItem",
  "GetItem",
  "PutItem",
  "Query",
  "Scan",
  "TransactGetItems",
  "TransactWriteItems",
  "UpdateItem",
]);

/**
 * Makes the one step of a call, in place of the AWS SDK's fifteen: the request's JSON, its headers and signature, and
 * what the answer says. The SDK's are passed by; its retry middleware (and so its strategy, `maxAttempts` and the
 * headers that tell of attempts), its credentials, its region, its resolution of the endpoint and its errors are used.
 * A command that is none of those on items takes the SDK's steps.
 */
export function oneStep(
  config: DynamoDBClient["config"],
  connections: ReturnType<typeof httpConnections>,
  place: () => Promise<Place>,
): Plugin {
  const sign = requestSigner();
  const clock = serverClock();

  /** Sends the request once. */
  const attempt = async (request: HttpRequest): Promise<Attempted> => {
    const { region } = await place();
    const credentials = await config.credentials();
    const { protocol, hostname, port, method, path, headers, body } = request;
    const signedAt = clock.now();
    const signable = { method, path, headers, bodyHash: headers["x-amz-content-sha256"] ?? "" };
    const signed = sign(signable, credentials, { at: signedAt, region, service: "dynamodb" });
    const { response } = await connections.handle({ protocol, hostname, port, method, path, headers: signed, body });
    const text = response.body.toString();
    const $metadata = { httpStatusCode: response.statusCode, requestId: response.headers["x-amzn-requestid"] };
    const far = clock.wasFar(signedAt, response.headers);
    if (response.statusCode < 300) return { response, output: { ...readAnswer(text), $metadata } };
    // The response is where the SDK's strategy looks for `retry-after`.
    const error = Object.defineProperty(serviceError($metadata, text), "$response", { value: response });
    // An answer like another, and a frequent one, which no strategy tries again: it takes no way through the retries.
    if (error.name === "ConditionalCheckFailedException") return { response, output: { $metadata, refused: error } };
    // By this the SDK's strategy knows that the next attempt will be signed by another time.
    if (far && isClockSkewError({ name: error.name, message: error.message }))
      Object.assign($metadata, { clockSkewCorrected: true });
    throw error;
  };

  const first = { name: "oneStep", step: "initialize", priority: "high" } as const;
  return {
    applyToStack: (stack) =>
      stack.add((next, context) => {
        const operation = context.commandName?.replace(/Command$/, "") ?? "";
        if (!operations.has(operation)) return next;
        const send = retryMiddleware(config)(({ request }) => attempt(request as HttpRequest), context);
        return async ({ input }) => {
          const body = writeBody(operation === "TransactWriteItems" ? withToken(input) : input);
          const answer = await send({ input, request: requestOf((await place()).endpoint, operation, body) });
          if (answer.output.refused) throw answer.output.refused;
          return answer;
        };
      }, first),
  };
}

/** By its token DynamoDB knows a transaction that is sent again, as every attempt but the first is. The SDK's serializer adds it. */
const withToken = (input: object): object => ({ ClientRequestToken: randomUUID(), ...input });

function requestOf(url: URL, operation: string, body: string): HttpRequest {
  const headers = jsonHeaders(url, `DynamoDB_20120810.${operation}`, "1.0", body);
  const path = url.pathname.endsWith("/") ? url.pathname : `${url.pathname}/`;
  return new HttpRequest({ ...originOf(url), method: "POST", path, headers, body });
}

/** What a connection that is closed in the middle leaves of an answer without a length is an error of the network. */
function readAnswer(text: string): Record<string, unknown> {
  try {
    return readBody(text);
  } catch (cause) {
    throw Object.assign(new Error("The answer is not whole", { cause }), { name: "TimeoutError", code: "ECONNRESET" });
  }
}
