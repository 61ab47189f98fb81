import type { IncomingHttpHeaders } from "node:http";
import { answerJson, startServer } from "./dynamodbServer.ts";

/** A call as a service of AWS that speaks its JSON protocol gets it. */
export interface AwsCall {
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly input: Readonly<Record<string, unknown>>;
}

export interface AwsService {
  readonly endpoint: string;
  readonly calls: readonly AwsCall[];
  readonly close: () => void;
}

/** What the service does with a call: answers, breaks the connection, or says nothing. */
export type AwsAnswer = { readonly status?: number; readonly body: object } | "reset" | "silence";

/** Stands in for Secrets Manager or SQS: writes down what it is called with and answers as it is told. */
export async function startAwsService(answer: (call: AwsCall, index: number) => AwsAnswer): Promise<AwsService> {
  const calls: AwsCall[] = [];
  const server = await startServer(({ headers, body }, index, response, request) => {
    calls.push({ target: String(headers["x-amz-target"]), headers, text: body, input: JSON.parse(body) });
    const given = answer(calls[index] as AwsCall, index);
    if (given === "silence") return;
    if (given === "reset") return void request.socket.destroy();
    const { status = 200 } = given;
    answerJson(response, given.body, { status, headers: { "content-type": "application/x-amz-json-1.1" } });
  });
  return { endpoint: server.endpoint, calls, close: () => void server[Symbol.asyncDispose]() };
}
