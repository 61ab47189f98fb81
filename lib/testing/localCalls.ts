import { Agent, request } from "node:http";

/** The answer of a stand-in. */
interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** A function that calls a stand-in and answers what it answers; it rejects if that is no success. */
export type Call = <Body>(
  method: "GET" | "POST" | "DELETE",
  path: string,
  options?: { readonly headers?: Readonly<Record<string, string>>; readonly body?: object },
) => Promise<Body>;

/**
 * Makes the calls to one stand-in. Not by `fetch`, which is not there in every test environment, and which tests replace
 * to see what the tested program calls.
 */
export function localCalls(url: string): { readonly call: Call; readonly close: () => void } {
  const agent = new Agent({ keepAlive: true });
  return {
    // What comes back is the caller's claim.
    call: async <Body>(...[method, path, { headers = {}, body } = {}]: Parameters<Call>) => {
      const answer = await exchange(agent, new URL(path, url), { method, headers, body });
      if (answer.status >= 300) throw new Error(`${method} ${path} answered ${answer.status}: ${reasonIn(answer)}`);
      return answer.body as Body;
    },
    close: () => agent.destroy(),
  };
}

function exchange(
  agent: Agent,
  url: URL,
  { method, headers, body }: { method: string; headers: Readonly<Record<string, string>>; body?: object | undefined },
): Promise<Answer> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const ofBody =
    text === undefined ? {} : { "content-type": "application/json", "content-length": String(Buffer.byteLength(text)) };
  return new Promise((resolve, reject) => {
    // By its address, since `localhost` may be looked up first elsewhere.
    const outgoing = request({
      ...{ agent, method, host: "127.0.0.1", port: url.port, path: url.pathname + url.search },
      headers: { host: url.host, ...ofBody, ...headers },
    });
    outgoing.once("error", reject);
    outgoing.once("response", (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.once("error", reject);
      incoming.once("end", () => resolve({ status: incoming.statusCode ?? 0, body: parsed(Buffer.concat(chunks)) }));
    });
    outgoing.end(text);
  });
}

function parsed(body: Buffer): unknown {
  const text = body.toString();
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Says what an error's body says: that of the API, or of the test-control API. */
function reasonIn({ body }: Answer): string {
  if (typeof body !== "object" || body === null) return String(body);
  if ("message" in body) return String(body.message);
  return "errors" in body && Array.isArray(body.errors)
    ? body.errors.map((error) => String(error?.title)).join(" ")
    : JSON.stringify(body);
}
