import middy, { type MiddlewareObj } from "@middy/core";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from "aws-lambda";
import type { OperationName } from "../api/routes.ts";
import { ApiError } from "../model/apiError.ts";
import { describeFault, type Log, type LogEntry } from "../model/log.ts";
import { type ErrorForm, errorBody, statusOf } from "./errors.ts";
import { type HttpRequest, readRequest } from "./request.ts";

/** The answer of an operation. */
export interface Answer {
  readonly status: number;
  /** Sent as JSON. */
  readonly body?: object;
  /** Sent as it is, with its own content type; for channels, which expect other forms than JSON. */
  readonly text?: string;
  /** Sent as it is, with its own content type: a file. */
  readonly bytes?: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
  /** Number of users that this request created, for the metric. */
  readonly usersCreated?: number;
  readonly skipped?: readonly string[];
}

/** The part of the runtime that a pipeline needs besides the operation itself. */
export interface PipelineServices {
  readonly log: Log;
  readonly now: () => Date;
}

export type LambdaHandler = (
  event: APIGatewayProxyEventV2,
  context: object,
) => Promise<APIGatewayProxyStructuredResultV2>;

type Event = APIGatewayProxyEventV2;
type Result = APIGatewayProxyStructuredResultV2;
type PipelineCall = { readonly event: Event; readonly internal: { started?: number } };

let cold = true;

/**
 * Makes the one pipeline of every HTTP Lambda: parse, authenticate, validate and run, then answer, in the error form of
 * the route's callers. Every exception becomes an answer: an `ApiError` its documented error, anything else a 500 with
 * only the request id, and the cause in the log.
 */
export function pipeline(
  operation: OperationName,
  form: ErrorForm,
  services: PipelineServices,
  run: (request: HttpRequest) => Promise<Answer>,
): LambdaHandler {
  const finish = (call: PipelineCall, answer: Answer, refusal: Pick<LogEntry, "code" | "fault"> = {}): Result => {
    const requestId = call.event.requestContext.requestId;
    services.log({
      operation,
      requestId,
      status: answer.status,
      milliseconds: Math.round(performance.now() - (call.internal.started ?? performance.now())),
      coldStart: cold,
      usersCreated: answer.usersCreated ?? 0,
      skipped: answer.skipped,
      ...refusal,
    });
    cold = false;
    return {
      statusCode: answer.status,
      headers: {
        ...(answer.text === undefined && answer.bytes === undefined
          ? { "content-type": "application/json; charset=utf-8" }
          : {}),
        "x-request-id": requestId,
        ...answer.headers,
      },
      ...(answer.bytes === undefined
        ? { body: answer.text ?? JSON.stringify(answer.body ?? {}) }
        : { body: answer.bytes.toString("base64"), isBase64Encoded: true }),
    };
  };
  const refused = (call: PipelineCall, error: unknown): Result => {
    if (error instanceof ApiError)
      return finish(
        call,
        { status: statusOf[error.code], body: errorBody(form, error.code, error.titles) },
        { code: error.code },
      );
    const title = `Internal error (request ${call.event.requestContext.requestId})`;
    return finish(
      call,
      { status: 500, body: errorBody(form, "internal_error", [title]) },
      { code: "internal_error", fault: describeFault(error) },
    );
  };
  const answering: MiddlewareObj<Event, Answer | Result, Error, Context, { started?: number }> = {
    before: (call) => {
      call.internal.started = performance.now();
    },
    after: (call) => {
      // Before this middleware, which is the outermost, a response is the operation's answer.
      call.response = finish(call, call.response as Answer);
    },
    onError: (call) => {
      call.response = refused(call, call.error);
    },
  };
  // After this middleware a response is API Gateway's, which middy's types cannot express.
  return middy((event: Event): Promise<Answer | Result> => run(readRequest(event))).use(
    answering,
  ) as unknown as LambdaHandler;
}
