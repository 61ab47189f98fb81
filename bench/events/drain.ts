import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BatchWriteItemCommand, DynamoDBClient, type WriteRequest } from "@aws-sdk/client-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import { messageItem } from "../../lib/db/items/messageItem.ts";
import { startEngine } from "../../lib/local/engine.ts";
import type { Message } from "../../lib/model/message.ts";
import { type Credentials, caller, newAccountKey } from "../../test/support/caller.ts";
import { startLocal } from "../../test/support/startLocal.ts";
import { startReceiver } from "../../test/support/startReceiver.ts";
import { decimals, goal, table } from "../markdown.ts";
import { type BenchApp, newApp } from "../rig.ts";
import { newConversation, webhookOf } from "./benchWebhook.ts";

const tableName = "sunroom";

/** Writes messages into conversations by turns, past the API, so that no server needs to run. */
async function fill(endpoint: string, app: BenchApp, conversations: readonly string[], count: number): Promise<void> {
  const client = new DynamoDBClient({
    endpoint,
    region: "local",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });
  // What a message's item takes of its app.
  const target = { id: app.id, settings: {} } as Parameters<typeof messageItem>[0];
  const request = (index: number): WriteRequest => {
    const message: Message = {
      id: index.toString(16).padStart(24, "0"),
      received: new Date(Date.now() + 120_000 + index).toISOString(),
      author: { type: "business", displayName: "Bench" },
      content: { type: "text", text: `Message ${index}` },
      source: { type: "api:conversations" },
    };
    const conversationId = conversations[index % conversations.length] ?? "";
    return {
      PutRequest: { Item: marshall(messageItem(target, conversationId, message), { removeUndefinedValues: true }) },
    };
  };
  for (let from = 0; from < count; from += 25) {
    const batch = Array.from({ length: Math.min(25, count - from) }, (_, index) => request(from + index));
    await client.send(new BatchWriteItemCommand({ RequestItems: { [tableName]: batch } }));
  }
  client.destroy();
}

/** Starts the local server on an engine that outlives it. */
async function serve(directory: string, endpoint: string, accountKey: Credentials) {
  const local = await startLocal(directory, {
    DYNAMODB_ENDPOINT: endpoint,
    ACCOUNT_KEY_ID: accountKey.id,
    ACCOUNT_KEY_SECRET: accountKey.secret,
  });
  const url = /ready at (\S+)/.exec(local.stdout())?.[1];
  if (url === undefined) throw new Error(`The local server did not start: ${local.stderr()}`);
  return {
    url,
    /** The most memory that it had so far, in MB, as Linux counts it. */
    peak: () => Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${local.pid}/status`, "utf8"))?.[1]) / 1024,
    async stop() {
      local.kill("SIGTERM");
      await local.exited;
    },
  };
}

/** What the delivery of events that waited took. */
interface Drained {
  readonly count: number;
  readonly seconds: number;
  /** Memory at the start and the most of it, in MB. */
  readonly atStart: number;
  readonly peak: number;
  readonly lost: number;
}

/** Writes events while no server runs, and measures a server that delivers them. */
async function drainOf(count: number): Promise<Drained> {
  const directory = mkdtempSync(join(tmpdir(), "sunroom-drain-"));
  const data = mkdtempSync(join(tmpdir(), "sunroom-drain-data-"));
  const accountKey = newAccountKey();
  const receiver = await startReceiver();
  const engine = await startEngine({ dataDirectory: data });
  const before = await serve(directory, engine.endpoint, accountKey);
  const app = await newApp({ url: before.url, account: caller(before.url, accountKey) });
  await webhookOf(app, receiver.url);
  const conversations: string[] = [];
  for (let index = 0; index < 100; index++) conversations.push(await newConversation(app, `person-${index}`));
  await before.stop();
  await fill(engine.endpoint, app, conversations, count);
  const after = await serve(directory, engine.endpoint, accountKey);
  const atStart = after.peak();
  const started = performance.now();
  await receiver.has(count);
  const seconds = (performance.now() - started) / 1000;
  const peak = after.peak();
  await after.stop();
  await engine.stop();
  await receiver.close();
  for (const folder of [directory, data]) rmSync(folder, { recursive: true, force: true });
  return { count, seconds, atStart, peak, lost: count - new Set(receiver.events().map(({ id }) => id)).size };
}

/** Measures how fast a server that was away delivers what happened meanwhile, and the memory that it takes for it. */
export async function drain(quick: boolean): Promise<string> {
  const all: Drained[] = [];
  for (const count of quick ? [100, 200] : [5_000, 10_000, 20_000]) all.push(await drainOf(count));
  const lost = all.reduce((sum, one) => sum + one.lost, 0);
  const [fewest = 0, most = 0] = [all.at(0)?.peak, all.at(-1)?.peak];
  return [
    "Messages in 100 conversations that were written while the server was stopped, from its start on; a receiver on the same machine answers at once.",
    table(
      ["events", "seconds", "events a second", "memory MB at the start", "at most"],
      all.map(({ count, seconds, atStart, peak }) => [
        count.toLocaleString("en"),
        decimals(seconds, 1),
        decimals(count / seconds, 0),
        decimals(atStart, 0),
        decimals(peak, 0),
      ]),
    ),
    goal(`nothing is lost: ${lost} events are missing`, lost === 0),
    goal(
      `memory does not grow with the events: from the fewest to the most of them its peak changes by the factor ${decimals(most / fewest)} (at most 1.25)`,
      most / fewest <= 1.25,
    ),
  ].join("\n\n");
}
