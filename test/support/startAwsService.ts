import type { IncomingHttpHeaders } from "node:http";
import { answerJson, startServer } from "./dynamodbServer.ts";

/** A call as a service of AWS receives it in its JSON protocol. */
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

/** The service's reaction to a call: an answer, a broken connection, or none. */
export type AwsAnswer = { readonly status?: number; readonly body: object } | "reset" | "silence";

/** Starts a replacement of Secrets Manager or SQS: records its calls and answers as the test decides. */
export async function startAwsService(answer: (call: AwsCall, index: number) => AwsAnswer): Promise<AwsService> {
  const calls: AwsCall[] = [];
  const server = await startServer(({ headers, body }, index, response, request) => {
    calls.push({ target: String(headers["x-amz-target"]), headers, text: body, input: JSON.parse(body) });
    const reaction = answer(calls[index] as AwsCall, index);
    if (reaction === "silence") return;
    if (reaction === "reset") return void request.socket.destroy();
    const { status = 200 } = reaction;
    answerJson(response, reaction.body, { status, headers: { "content-type": "application/x-amz-json-1.1" } });
  });
  return { endpoint: server.endpoint, calls, close: () => void server[Symbol.asyncDispose]() };
}
