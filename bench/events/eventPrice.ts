import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import type { DynamoDBRecord } from "aws-lambda";
import { variable } from "../../lib/api/environment.ts";
import { eventFilter } from "../../lib/api/eventFilter.ts";
import { createTable } from "../../lib/local/createTable.ts";
import { startEngine } from "../../lib/local/engine.ts";
import { matchesFilter } from "../../lib/local/events/matchesFilter.ts";
import { streamApi } from "../../lib/local/events/streamApi.ts";
import { streamReader } from "../../lib/local/events/streamReader.ts";
import { invokeWorker, startServer } from "../../lib/local/server.ts";
import { caller, newAccountKey } from "../../test/support/caller.ts";
import { startReceiver } from "../../test/support/startReceiver.ts";
import { type Counted, type CountingProxy, startCountingProxy } from "../countingProxy.ts";
import { decimals, table } from "../markdown.ts";
import { costOfMillion, prices } from "../prices.ts";
import { type BenchApp, newApp } from "../rig.ts";
import { median } from "../statistics.ts";
import { newConversation, postMessage, webhookOf } from "./benchWebhook.ts";

const tableName = "bench";

/** The milliseconds in which the receiver answers: the time of a real one, for which Lambda is paid. */
const answerMilliseconds = 100;

/** A row: how many records the Lambda that publishes gets at once, and events the one that delivers. */
interface Row {
  readonly name: string;
  readonly records: number;
  readonly deliveries: number;
}

const rows: readonly Row[] = [
  { name: "no webhook hears it; alone", records: 2, deliveries: 0 },
  { name: "no webhook hears it; 50 at once", records: 100, deliveries: 0 },
  { name: "one webhook hears it; alone", records: 2, deliveries: 1 },
  { name: "one webhook hears it; 50 at once", records: 100, deliveries: 1 },
];

/** One invocation of a Lambda. */
interface Invocation {
  readonly counted: Counted;
  readonly wall: number;
  readonly cpu: number;
}

async function invoked(proxy: CountingProxy, operation: string, event: object): Promise<Invocation> {
  proxy.take();
  const [started, cpu] = [performance.now(), process.cpuUsage()];
  await withoutOutput(() => invokeWorker(operation, event));
  const { user, system } = process.cpuUsage(cpu);
  return { counted: proxy.take(), wall: performance.now() - started, cpu: (user + system) / 1_000 };
}

/** Does something of which what it prints, a line for each delivery, would hide the report. */
async function withoutOutput<Result>(work: () => Promise<Result>): Promise<Result> {
  const { write } = process.stdout;
  process.stdout.write = () => true;
  try {
    return await work();
  } finally {
    process.stdout.write = write;
  }
}

/** What the measurement runs in. */
interface Stage {
  readonly proxy: CountingProxy;
  /** Takes the records of the stream since the last call, as the Lambda gets them. */
  readonly records: () => Promise<readonly DynamoDBRecord[]>;
  /** Takes the bodies of the messages in the queue. */
  readonly queued: () => readonly string[];
}

/** Invokes both Lambdas with what some messages made, in batches of the row's sizes. */
async function invokeBoth(row: Row, { proxy, records, queued }: Stage) {
  const found = await records();
  const publishing: Invocation[] = [];
  for (let from = 0; from < found.length; from += row.records)
    publishing.push(await invoked(proxy, "publishEvents", { Records: found.slice(from, from + row.records) }));
  const bodies = queued();
  const delivering: Invocation[] = [];
  for (let from = 0; from < bodies.length; from += row.deliveries) {
    const batch = bodies.slice(from, from + row.deliveries);
    const Records = batch.map((body, index) => ({ messageId: String(from + index), body }));
    delivering.push(await invoked(proxy, "deliverEvents", { Records }));
  }
  return { publishing, delivering };
}

/** Computes the price of a million events whose Lambdas were invoked so. */
function priceOf({ records, deliveries }: Row, events: number, publishing: Invocation[], delivering: Invocation[]) {
  const units = (kind: "readUnits" | "writeUnits") =>
    [...publishing, ...delivering].reduce((sum, { counted }) => sum + counted[kind], 0) / events;
  const lambda = (runs: readonly Invocation[]) =>
    runs.length === 0
      ? 0
      : (runs.length / events) *
        costOfMillion({
          readUnits: 0,
          writeUnits: 0,
          milliseconds: median(runs.map(({ wall }) => wall)),
          cpuMilliseconds: median(runs.map(({ cpu }) => cpu)),
        }).lambda;
  const dynamodb = units("readUnits") * prices.millionReadUnits + units("writeUnits") * prices.millionWriteUnits;
  // A message makes two records. It is sent in batches of ten at most, and received and deleted as it is delivered.
  const calls = deliveries === 0 ? 0 : 1 / Math.min(10, records / 2) + 2 / deliveries;
  const sqs = calls * prices.millionFifoCalls;
  const compute = lambda(publishing) + lambda(delivering);
  return { readUnits: units("readUnits"), writeUnits: units("writeUnits"), dynamodb, sqs, compute };
}

/** Starts an engine with a stream, a proxy that counts, and a server; what is published is queued in a folder. */
async function openStage() {
  const folder = mkdtempSync(join(tmpdir(), "sunroom-price-"));
  const engine = await startEngine();
  await createTable(engine.endpoint, tableName, { streamed: true });
  const proxy = await startCountingProxy(engine.endpoint);
  const accountKey = newAccountKey();
  const queue = (name: string) => pathToFileURL(join(folder, name)).href;
  Object.assign(process.env, {
    [variable.tableName]: tableName,
    [variable.dynamodbEndpoint]: proxy.endpoint,
    [variable.accountKeyId]: accountKey.id,
    [variable.accountKeySecret]: accountKey.secret,
    [variable.eventQueueUrl]: queue("first"),
    [variable.eventRetryQueueUrl]: queue("later"),
    [variable.eventDeadLetterQueueUrl]: queue("dead"),
    [variable.webhookTargets]: "loopback",
    [variable.log]: "terminal",
  });
  const server = await startServer({ port: 0 });
  const api = streamApi(engine.endpoint);
  const reader = streamReader(api, { streamArn: (await api.findStream(tableName)) ?? "", shards: {} }, 1_000);
  const records = async () => {
    const all: DynamoDBRecord[] = [];
    const take = async (page: readonly DynamoDBRecord[]) => {
      all.push(...page);
      return page.at(-1)?.dynamodb?.SequenceNumber;
    };
    while (await reader.read(take));
    // A post changes its conversation besides, which the Lambda gets too, and of which no event is made.
    return all.filter((record) => matchesFilter(record, eventFilter));
  };
  const queued = () =>
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => name.startsWith("first/"))
      .sort()
      .flatMap((name) => {
        const messages: readonly { body: string }[] = JSON.parse(readFileSync(join(folder, name), "utf8"));
        rmSync(join(folder, name));
        return messages.map(({ body }) => body);
      });
  return {
    proxy,
    records,
    queued,
    newApp: () => newApp({ url: server.url, account: caller(server.url, accountKey) }),
    async close() {
      api.close();
      await server.close();
      proxy.close();
      await engine.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function measureRow(row: Row, stage: Stage, app: BenchApp, events: number) {
  const conversations: string[] = [];
  for (let index = 0; index < 10; index++) conversations.push(await newConversation(app, `${row.name}-${index}`));
  await stage.records();
  for (let index = 0; index < events; index++)
    await postMessage(app, conversations[index % 10] ?? "", `${row.name}-${index % 10}`);
  const { publishing, delivering } = await invokeBoth(row, stage);
  return priceOf(row, events, publishing, delivering);
}

/** Counts the units and times of a message's way to a receiver, and computes what a million of them cost. */
export async function eventPrice(quick: boolean): Promise<string> {
  const events = quick ? 20 : 500;
  const stage = await openStage();
  const receiver = await startReceiver();
  receiver.answer(() => ({ status: 200, after: pause(answerMilliseconds) }));
  const lines: (string | number)[][] = [];
  for (const row of rows) {
    const app = await stage.newApp();
    if (row.deliveries > 0) await webhookOf(app, receiver.url);
    // The first invocations of a process are slower than any that follow.
    await measureRow({ ...row, name: `${row.name}, first` }, stage, app, 20);
    const price = await measureRow(row, stage, app, events);
    const { readUnits, writeUnits, dynamodb, compute, sqs } = price;
    lines.push([
      row.name,
      ...[readUnits, writeUnits].map((units) => decimals(units, 1)),
      ...[dynamodb, compute, sqs, dynamodb + compute + sqs].map((price) => decimals(price)),
    ]);
  }
  await receiver.close();
  await stage.close();
  return [
    `A message of a user, whose receiver answers in ${answerMilliseconds} ms, which makes two records: of its item and of its conversation. Alone, it is published by an invocation of its own; else 50 are at once. A first attempt always has an invocation of its own. The times of Lambda are those of a process that also receives and counts, so they are rather too long. Lambda reads the stream for nothing. Prices: us-east-1, ${prices.date} (${prices.source.join(", ")}), without free tier, logs and transfer.`,
    table(["event", "RRU", "WRU", "DynamoDB $/M", "Lambda $/M", "SQS $/M", "together $/M"], lines),
  ].join("\n\n");
}
