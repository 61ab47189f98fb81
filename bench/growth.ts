import { BatchWriteItemCommand, DynamoDBClient, type WriteRequest } from "@aws-sdk/client-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import { messageItem } from "../lib/db/items/messageItem.ts";
import { userItem } from "../lib/db/items/userItem.ts";
import { newUser } from "../lib/model/user.ts";
import { decimals, goal, table } from "./markdown.ts";
import { type BenchApp, login, newApp, newIntegration, type Rig, startRig } from "./rig.ts";
import { median, percentile } from "./statistics.ts";
import type { Table } from "./table.ts";

type Call = (turn: number) => Promise<{ status: number }>;

/** Measures the latencies of a repeated call, in milliseconds. */
async function timesOf(call: Call, turns: number): Promise<number[]> {
  const times: number[] = [];
  for (let turn = 0; turn < turns; turn++) {
    const started = performance.now();
    const { status } = await call(turn);
    times.push(performance.now() - started);
    if (status >= 400) throw new Error(`A measured call answered ${status}.`);
  }
  return times;
}

/** Writes many items as fast as the engine takes them. */
async function fill(rig: Rig, items: Iterable<object>): Promise<void> {
  const client = new DynamoDBClient({
    endpoint: rig.endpoint,
    region: "local",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });
  const queue = items[Symbol.iterator]();
  const worker = async () => {
    for (;;) {
      const batch: WriteRequest[] = [];
      for (let next = queue.next(); !next.done; next = queue.next()) {
        batch.push({ PutRequest: { Item: marshall(next.value, { removeUndefinedValues: true }) } });
        if (batch.length === 25) break;
      }
      if (batch.length === 0) return;
      await client.send(new BatchWriteItemCommand({ RequestItems: { [rig.tableName]: batch } }));
    }
  };
  await Promise.all(Array.from({ length: 4 }, worker));
  client.destroy();
}

function* users(app: BenchApp, from: number, to: number): Generator<object> {
  for (let index = from; index < to; index++) {
    const id = index.toString(16).padStart(24, "f");
    yield userItem(newUser(app.id, id, new Date(), { externalId: `filler-${index}`, profile: { givenName: "Ann" } }));
  }
}

function* messages(app: BenchApp, conversationId: string, count: number): Generator<object> {
  const target = { id: app.id, settings: {} } as Parameters<typeof messageItem>[0];
  for (let index = 0; index < count; index++)
    yield messageItem(target, conversationId, {
      id: index.toString(16).padStart(24, "0"),
      received: new Date(1_767_225_600_000 + index * 1_000).toISOString(),
      author: { type: "business", displayName: "Bench" },
      content: { type: "text", text: `Message ${index}` },
      source: { type: "api:conversations" },
    });
}

const cells = (times: readonly number[]) => `${decimals(median(times))} / ${decimals(percentile(times, 0.99))}`;

/** An app with a user, who has a conversation, and the number of measurements of each call. */
interface Stage {
  readonly rig: Rig;
  readonly app: BenchApp;
  readonly web: string;
  readonly base: string;
  readonly person: Person;
  readonly turns: number;
}

interface Person {
  readonly id: string;
  readonly externalId: string;
  readonly conversationId: string;
}

async function newConversation(app: BenchApp, userId: string, displayName?: string): Promise<string> {
  const made = await app.api.post<{ conversation: { id: string } }>(`/v2/apps/${app.id}/conversations`, {
    type: "personal",
    displayName,
    participants: [{ userId }],
  });
  return made.body.conversation.id;
}

async function newPerson(app: BenchApp, externalId: string): Promise<Person> {
  const { body } = await app.api.post<{ user: { id: string } }>(`/v2/apps/${app.id}/users`, { externalId });
  return { id: body.user.id, externalId, conversationId: await newConversation(app, body.user.id) };
}

/** Measures calls about a single user among more and more others. */
async function amongUsers({ rig, app, web, base, person, turns }: Stage, sizes: readonly number[]): Promise<string[]> {
  const calls: Readonly<Record<string, (size: number) => Call>> = {
    createUser: (size) => (turn) => app.api.post(`${base}/users`, { externalId: `at-${size}-${turn}` }),
    getUser: () => () => app.api.get(`${base}/users/${person.externalId}`),
    login: (size) => (turn) => login(app, web, `logs-in-${size}-${turn}`, "device"),
    listParticipants: () => () => app.api.get(`${base}/conversations/${person.conversationId}/participants`),
  };
  // The first calls of a process are slower than any that follow.
  for (const call of Object.values(calls)) await timesOf(call(0), turns);
  const measured: { readonly size: number; readonly columns: readonly number[][] }[] = [];
  let filled = 0;
  for (const size of sizes) {
    await fill(rig, users(app, filled, size));
    filled = size;
    const columns: number[][] = [];
    for (const call of Object.values(calls)) columns.push(await timesOf(call(size), turns));
    measured.push({ size, columns });
  }
  const first = measured.at(0)?.columns ?? [];
  const last = measured.at(-1)?.columns ?? [];
  const ratios = last.map((times, column) => median(times) / median(first[column] ?? []));
  return [
    table(
      ["users in the table", ...Object.keys(calls)],
      measured.map(({ size, columns }) => [size.toLocaleString("en"), ...columns.map(cells)]),
    ),
    goal(
      `flat within noise: from the smallest table to the largest p50 changes by the factors ${ratios.map((ratio) => decimals(ratio)).join(", ")} (at most 1.25)`,
      ratios.every((ratio) => ratio <= 1.25),
    ),
  ];
}

/**
 * Measures calls about a user with many conversations and a conversation with many messages, beside the same about one
 * with few.
 */
async function ofOneUser({ rig, app, web, base, person, turns }: Stage, size: Size): Promise<string> {
  for (let index = 0; index < size.conversations; index++)
    await newConversation(app, person.id, `Conversation ${index}`);
  await fill(rig, messages(app, person.conversationId, size.messages));
  const few = await newPerson(app, "few");
  const message = { author: { type: "business" }, content: { type: "text", text: "Hello" } };
  const messagesOf = ({ conversationId }: Person) => `${base}/conversations/${conversationId}/messages`;
  for (let index = 0; index < 10; index++) await app.api.post(messagesOf(few), message);
  const calls: Readonly<Record<string, (one: Person) => ReturnType<Call>>> = {
    "listConversations (one page)": (one) => app.api.get(`${base}/conversations?filter[userId]=${one.id}`),
    login: (one) => login(app, web, one.externalId, "device"),
    "listMessages (one page)": (one) => app.api.get(`${messagesOf(one)}?page[size]=10`),
    postMessage: (one) => app.api.post(messagesOf(one), message),
  };
  const rows: string[][] = [];
  for (const [name, call] of Object.entries(calls))
    rows.push([name, cells(await timesOf(() => call(few), turns)), cells(await timesOf(() => call(person), turns))]);
  return table(
    [
      "of one user or conversation",
      "1 conversation, 10 messages",
      `${size.conversations.toLocaleString("en")} conversations, ${size.messages.toLocaleString("en")} messages`,
    ],
    rows,
  );
}

interface Size {
  readonly conversations: number;
  readonly messages: number;
}

/** The slowdown of calls by the amount of stored data. */
export const growth: Table = {
  title: "Growth",
  async measure(quick) {
    const rig = await startRig();
    const served = await rig.serve(rig.endpoint);
    const app = await newApp(served, { multiConvoEnabled: true });
    const web = await newIntegration(app, { type: "web" });
    const person = await newPerson(app, "measured");
    const stage = { rig, app, web: web.id, base: `/v2/apps/${app.id}`, person, turns: quick ? 10 : 200 };
    const sizes = quick ? [1_000, 2_000] : [1_000, 10_000, 100_000];
    const size = quick ? { conversations: 30, messages: 100 } : { conversations: 1_000, messages: 29_000 };
    const text = [
      "p50 / p99 in ms, over HTTP through the local server, one request at a time.",
      ...(await amongUsers(stage, sizes)),
      await ofOneUser(stage, size),
    ].join("\n\n");
    await served.close();
    await rig.stop();
    return text;
  },
};
