import { Agent, createServer, type IncomingHttpHeaders, request } from "node:http";
import type { AddressInfo } from "node:net";

/** The sums over calls of DynamoDB. */
export interface Counted {
  readonly calls: number;
  /** Items written, checked or read, as the calls name or answer them. */
  readonly items: number;
  readonly readUnits: number;
  readonly writeUnits: number;
}

export interface CountingProxy {
  readonly endpoint: string;
  /** Answers the sums since the last call of it. */
  readonly take: () => Counted;
  readonly close: () => void;
}

type Json = Readonly<Record<string, unknown>>;

/** Starts a proxy before an engine that requests the consumption of every call, and sums it up. */
export async function startCountingProxy(engine: string): Promise<CountingProxy> {
  const { hostname, port } = new URL(engine);
  const agent = new Agent({ keepAlive: true });
  let counted: Counted = { calls: 0, items: 0, readUnits: 0, writeUnits: 0 };
  const forward = (headers: IncomingHttpHeaders, body: string) =>
    new Promise<{ status: number; body: string }>((resolve, reject) => {
      const outgoing = request(
        {
          agent,
          hostname,
          port,
          method: "POST",
          headers: { ...headers, "content-length": Buffer.byteLength(body) },
        },
        async (answer) => resolve({ status: answer.statusCode ?? 500, body: await textOf(answer) }),
      );
      outgoing.once("error", reject);
      outgoing.end(body);
    });
  const server = createServer(async (incoming, outgoing) => {
    try {
      const action = String(incoming.headers["x-amz-target"]).split(".")[1] ?? "";
      const sent: Json = { ...JSON.parse(await textOf(incoming)), ReturnConsumedCapacity: "INDEXES" };
      const answer = await forward(incoming.headers, JSON.stringify(sent));
      counted = add(counted, action, sent, JSON.parse(answer.body));
      outgoing.writeHead(answer.status, { "content-type": "application/x-amz-json-1.0" }).end(answer.body);
    } catch {
      incoming.socket.destroy();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // A server that listens on a port has an address of this form.
  const address = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    take() {
      const taken = counted;
      counted = { calls: 0, items: 0, readUnits: 0, writeUnits: 0 };
      return taken;
    },
    close() {
      server.close();
      server.closeAllConnections();
      agent.destroy();
    },
  };
}

async function textOf(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

interface Capacity {
  readonly CapacityUnits?: number;
  readonly ReadCapacityUnits?: number;
  readonly WriteCapacityUnits?: number;
}

function add(before: Counted, action: string, sent: Json, answer: Json): Counted {
  const reads = /Get|Query|Scan/.test(action);
  let { readUnits, writeUnits } = before;
  // A refused conditional write consumes as much as a successful one; if the engine reports nothing, one unit is
  // counted.
  const capacity = answer.ConsumedCapacity as Capacity | readonly Capacity[] | undefined;
  const refused = String(answer.__type).includes("ConditionalCheckFailed");
  for (const { CapacityUnits = 0, ReadCapacityUnits, WriteCapacityUnits } of [capacity ?? []].flat()) {
    readUnits += ReadCapacityUnits ?? (reads ? CapacityUnits : 0);
    writeUnits += WriteCapacityUnits ?? (reads ? 0 : CapacityUnits);
  }
  if (capacity === undefined && refused) writeUnits += 1;
  return { calls: before.calls + 1, items: before.items + itemsOf(action, sent, answer), readUnits, writeUnits };
}

function itemsOf(action: string, sent: Json, answer: Json): number {
  const lists = (value: unknown): number => Object.values((value ?? {}) as Json).flat().length;
  if (action.startsWith("Transact")) return (sent.TransactItems as readonly unknown[]).length;
  if (action === "BatchGetItem") return lists(answer.Responses);
  if (action === "BatchWriteItem") return lists(sent.RequestItems);
  if (action === "Query" || action === "Scan") return Number(answer.Count ?? 0);
  return 1;
}
