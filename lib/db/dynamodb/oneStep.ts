import { randomUUID } from "node:crypto";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { isClockSkewError, retryMiddleware } from "@smithy/core/retry";
import { HttpRequest, type HttpResponse } from "@smithy/core/transport";
import type { httpConnections } from "../../aws/httpConnections.ts";
import { jsonHeaders, originOf } from "../../aws/jsonRequest.ts";
import { requestSigner } from "../../aws/signRequest.ts";
import type { Place } from "./endpointFinder.ts";
import { readBody, writeBody } from "./itemJson.ts";
import { serverClock } from "./serverClock.ts";
import { type Metadata, serviceError } from "./serviceError.ts";

/** The result of one attempt, in the form that the SDK's retry middleware hands on. */
interface AttemptResult {
  readonly response: HttpResponse;
  readonly output: { readonly $metadata: Metadata; readonly refused?: Error };
}

type Plugin = Parameters<DynamoDBClient["middlewareStack"]["use"]>[0];

/** The commands that the step knows: those on items, with JSON that `itemJson.ts` reads and writes completely. */
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
 * Makes the one step of a call that replaces the AWS SDK's fifteen: it writes the request's JSON, headers and signature
 * and reads the answer. Of the SDK it uses the retry middleware (and so its strategy, `maxAttempts` and the headers
 * that count attempts), the credentials, the region, the resolution of the endpoint and the errors. Any command that is
 * not on items takes the SDK's steps.
 */
export function oneStep(
  config: DynamoDBClient["config"],
  connections: ReturnType<typeof httpConnections>,
  findEndpoint: () => Promise<Place>,
): Plugin {
  const sign = requestSigner();
  const clock = serverClock();

  /** Sends the request once. */
  const attempt = async (request: HttpRequest): Promise<AttemptResult> => {
    const { region } = await findEndpoint();
    const credentials = await config.credentials();
    const { protocol, hostname, port, method, path, headers, body } = request;
    const signedAt = clock.now();
    const signable = { method, path, headers, bodyHash: headers["x-amz-content-sha256"] ?? "" };
    const signed = sign(signable, credentials, { at: signedAt, region, service: "dynamodb" });
    const { response } = await connections.handle({ protocol, hostname, port, method, path, headers: signed, body });
    const text = response.body.toString();
    const $metadata = { httpStatusCode: response.statusCode, requestId: response.headers["x-amzn-requestid"] };
    const clockWasFar = clock.wasFar(signedAt, response.headers);
    if (response.statusCode < 300) return { response, output: { ...readAnswer(text), $metadata } };
    // The SDK's strategy looks for `retry-after` in the response.
    const error = Object.defineProperty(serviceError($metadata, text), "$response", { value: response });
    // This answer is frequent and never tried again by any strategy, so it bypasses the retries.
    if (error.name === "ConditionalCheckFailedException") return { response, output: { $metadata, refused: error } };
    // Tells the SDK's strategy that the next attempt will be signed with another time.
    if (clockWasFar && isClockSkewError({ name: error.name, message: error.message }))
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
          const answer = await send({ input, request: requestOf((await findEndpoint()).endpoint, operation, body) });
          if (answer.output.refused) throw answer.output.refused;
          return answer;
        };
      }, first),
  };
}

/** Adds the token by which DynamoDB recognises a transaction that is sent again, as the SDK's serializer does. */
const withToken = (input: object): object => ({ ClientRequestToken: randomUUID(), ...input });

function requestOf(url: URL, operation: string, body: string): HttpRequest {
  const headers = jsonHeaders(url, `DynamoDB_20120810.${operation}`, "1.0", body);
  const path = url.pathname.endsWith("/") ? url.pathname : `${url.pathname}/`;
  return new HttpRequest({ ...originOf(url), method: "POST", path, headers, body });
}

/** Reads an answer. One without a length may be cut short by a closed connection, which is an error of the network. */
function readAnswer(text: string): Record<string, unknown> {
  try {
    return readBody(text);
  } catch (cause) {
    throw Object.assign(new Error("The answer is not whole", { cause }), { name: "TimeoutError", code: "ECONNRESET" });
  }
}
