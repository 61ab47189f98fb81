import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";

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
  const server: Server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    const call = {
      target: String(request.headers["x-amz-target"]),
      headers: request.headers,
      text,
      input: JSON.parse(text),
    };
    calls.push(call);
    const given = answer(call, calls.length - 1);
    if (given === "silence") return;
    if (given === "reset") return void request.socket.destroy();
    response
      .writeHead(given.status ?? 200, { "content-type": "application/x-amz-json-1.1" })
      .end(JSON.stringify(given.body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // A server that listens on a port has an address of this form.
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    calls,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
