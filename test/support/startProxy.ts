import { type ClientRequest, createServer, type IncomingMessage, request, type ServerResponse } from "node:http";

/** A fault from one call on: the first `after` calls pass, the next `times` (all, without it) have the fault. */
export interface Fault {
  readonly kind: FaultKind;
  readonly after?: number;
  readonly times?: number;
  /** The only action with calls that count and fail, e.g. `PutItem`. */
  readonly action?: string;
}

export type FaultKind =
  /** The connection is reset before the engine receives the call. */
  | "refuse"
  /** The engine executes the call, then the connection is reset. */
  | "reset after"
  /** `ProvisionedThroughputExceededException`, without a call of the engine. */
  | "throttle"
  /** `InternalServerError` with status 500, without a call of the engine. */
  | "fail"
  /** There is never an answer, and the engine never receives the call. */
  | "silence"
  /** The engine executes the call, and there is never an answer. */
  | "silence after";

/** A call as the proxy sees it. */
export interface Call {
  /** E.g. `PutItem`. */
  readonly action: string;
  /** The request's JSON. */
  readonly body: string;
}

/**
 * Units as the engine counts them. The embedded engine counts as AWS bills, DynamoDB Local only half of a transaction,
 * so claims about transactions can be checked on the embedded one alone.
 */
export interface Units {
  read: number;
  write: number;
}

type Decide = (call: Call) => FaultKind | undefined | Promise<FaultKind | undefined>;

export interface DynamodbProxy {
  readonly endpoint: string;
  /** Every call's action in order, e.g. `PutItem`; a retry counts again. */
  readonly calls: readonly string[];
  /** The consumption of the calls together. */
  readonly units: Readonly<Units>;
  /** Forgets calls, units and fault. */
  readonly reset: () => void;
  readonly fault: (fault: Fault | undefined) => void;
  /**
   * Decides on every call, beside the fault, whether it fails; a call waits for the decision, so that the test can act
   * meanwhile. Answers a function that ends it.
   */
  readonly faultBy: (decide: Decide) => () => void;
  /** Changes the requests that reach the engine, as a bug in `lib/db` would. */
  readonly rewrite: (change: ((call: Call) => string) | undefined) => void;
  readonly close: () => Promise<void>;
}

/**
 * Starts a proxy between a server and its DynamoDB engine: counts calls, sums up their consumption, and makes them
 * fail.
 * @param endpoint the engine's
 */
export async function startProxy(endpoint: string): Promise<DynamodbProxy> {
  const target = new URL(endpoint);
  const calls: string[] = [];
  const units: Units = { read: 0, write: 0 };
  const deciders = new Set<Decide>();
  let fault: Fault | undefined;
  let change: ((call: Call) => string) | undefined;
  let seen = 0;

  const faultOf = async (call: Call): Promise<FaultKind | undefined> => {
    // Every decider is called, since each counts.
    const answers = await Promise.all([...deciders].map((decide) => decide(call)));
    const decided = answers.find((kind) => kind !== undefined);
    if (!fault || (fault.action !== undefined && fault.action !== call.action)) return decided;
    const index = seen++ - (fault.after ?? 0);
    return index >= 0 && index < (fault.times ?? Number.POSITIVE_INFINITY) ? fault.kind : decided;
  };

  const server = createServer(async (incoming, outgoing) => {
    try {
      const action = String(incoming.headers["x-amz-target"]).split(".")[1] ?? "";
      const sent = await bodyOf(incoming);
      calls.push(action);
      const call = { action, body: sent.toString() };
      const kind = await faultOf(call);
      if (kind !== undefined && failsBefore(kind, incoming, outgoing)) return;
      const { status, headers, body } = await forward(
        target,
        incoming,
        withCapacity(action, change ? Buffer.from(change(call)) : sent),
      );
      addUnits(units, action, body);
      if (kind === "silence after") return;
      if (kind === "reset after") return void incoming.socket.destroy();
      outgoing.writeHead(status, headers).end(body);
    } catch {
      incoming.socket.destroy();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (typeof address !== "object" || !address) throw new Error("The proxy has no port.");
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    calls,
    units,
    reset() {
      calls.length = 0;
      Object.assign(units, { read: 0, write: 0 });
      fault = undefined;
      seen = 0;
    },
    fault(next) {
      fault = next;
      seen = 0;
    },
    faultBy(decide) {
      deciders.add(decide);
      return () => void deciders.delete(decide);
    },
    rewrite(next) {
      change = next;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function bodyOf(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const data = /^(Get|Put|Update|Delete|BatchGet|BatchWrite|TransactGet|TransactWrite)Items?$|^(Query|Scan)$/;

/** Adds the request for its consumption; local engines do not check signatures. */
function withCapacity(action: string, body: Buffer): Buffer {
  if (!data.test(action)) return body;
  return Buffer.from(JSON.stringify({ ...JSON.parse(body.toString()), ReturnConsumedCapacity: "INDEXES" }));
}

/** The consumption in one answer: one record, or one for each table. */
interface Capacity {
  readonly CapacityUnits?: number;
  readonly ReadCapacityUnits?: number;
  readonly WriteCapacityUnits?: number;
}

function addUnits(units: Units, action: string, body: Buffer): void {
  if (!data.test(action)) return;
  const answer: { ConsumedCapacity?: Capacity | readonly Capacity[] } = JSON.parse(body.toString());
  const reads = /Get|Query|Scan/.test(action);
  for (const capacity of [answer.ConsumedCapacity ?? []].flat()) {
    const { CapacityUnits = 0, ReadCapacityUnits, WriteCapacityUnits } = capacity;
    units.read += ReadCapacityUnits ?? (reads ? CapacityUnits : 0);
    units.write += WriteCapacityUnits ?? (reads ? 0 : CapacityUnits);
  }
}

interface Forwarded {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

function forward(target: URL, incoming: IncomingMessage, body: Buffer): Promise<Forwarded> {
  return new Promise((resolve, reject) => {
    const outgoing: ClientRequest = request(
      {
        hostname: target.hostname,
        port: target.port,
        path: incoming.url,
        method: incoming.method,
        headers: { ...incoming.headers, "content-length": body.length },
      },
      async (answer) => {
        try {
          const received = await bodyOf(answer);
          // The engine's checksum stays valid, since the body is passed on unchanged.
          const { "transfer-encoding": _, ...headers } = answer.headers;
          resolve({ status: answer.statusCode ?? 500, headers, body: received });
        } catch (error) {
          reject(error);
        }
      },
    );
    outgoing.once("error", reject);
    outgoing.end(body);
  });
}

/** Does a fault that comes before the engine hears of the call, if it is one. */
function failsBefore(kind: FaultKind, incoming: IncomingMessage, outgoing: ServerResponse): boolean {
  if (kind === "refuse") incoming.socket.destroy();
  else if (kind === "throttle") answerError(outgoing, 400, "ProvisionedThroughputExceededException");
  else if (kind === "fail") answerError(outgoing, 500, "InternalServerError");
  else return kind === "silence";
  return true;
}

function answerError(outgoing: ServerResponse, status: number, type: string): void {
  outgoing
    .writeHead(status, { "content-type": "application/x-amz-json-1.0" })
    .end(
      JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${type}`, message: "A fault that a test asked for" }),
    );
}
