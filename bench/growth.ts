import { BatchWriteItemCommand, DynamoDBClient, type WriteRequest } from "@aws-sdk/client-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import { newUser } from "../lib/domain/user.ts";
import { messageItem } from "../lib/store/messageItem.ts";
import { userItem } from "../lib/store/userItem.ts";
import { decimals, goal, table } from "./markdown.ts";
import { type BenchApp, login, newApp, newIntegration, type Rig, startRig } from "./rig.ts";
import { median, percentile } from "./statistics.ts";
import type { Table } from "./table.ts";

/** Latencies of a call made again and again, in milliseconds. */
async function timesOf(call: (turn: number) => Promise<{ status: number }>, turns: number): Promise<number[]> {
  const times: number[] = [];
  for (let turn = 0; turn < turns; turn++) {
    const started = performance.now();
    const { status } = await call(turn);
    times.push(performance.now() - started);
    if (status >= 400) throw new Error(`A measured call answered ${status}.`);
  }
  return times;
}

/** Writes many items as fast as the engine takes them: they only have to be there. */
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

/** Whether what is stored makes anything slower. */
export const growth: Table = {
  title: "Growth",
  async measure(quick) {
    const rig = await startRig();
    const served = await rig.serve(rig.endpoint);
    const app = await newApp(served, { multiConvoEnabled: true });
    const web = await newIntegration(app, { type: "web" });
    const base = `/v2/apps/${app.id}`;
    const turns = quick ? 10 : 200;
    const newConversation = async (userId: string, displayName?: string) => {
      const made = await app.api.post<{ conversation: { id: string } }>(`${base}/conversations`, {
        type: "personal",
        displayName,
        participants: [{ userId }],
      });
      return made.body.conversation.id;
    };
    const { body: person } = await app.api.post<{ user: { id: string } }>(`${base}/users`, { externalId: "measured" });
    const conversationId = await newConversation(person.user.id);
    const calls: Readonly<Record<string, (size: number) => (turn: number) => Promise<{ status: number }>>> = {
      createUser: (size) => (turn) => app.api.post(`${base}/users`, { externalId: `at-${size}-${turn}` }),
      getUser: () => () => app.api.get(`${base}/users/measured`),
      login: (size) => (turn) => login(app, web.id, `logs-in-${size}-${turn}`, "device"),
      listParticipants: () => () => app.api.get(`${base}/conversations/${conversationId}/participants`),
    };
    const sizes = quick ? [1_000, 2_000] : [1_000, 10_000, 100_000];
    // The first calls of a process are slower than any that follow.
    for (const call of Object.values(calls)) await timesOf(call(0), turns);
    const measured = new Map<number, readonly number[][]>();
    let filled = 0;
    for (const size of sizes) {
      await fill(rig, users(app, filled, size));
      filled = size;
      const columns: number[][] = [];
      for (const call of Object.values(calls)) columns.push(await timesOf(call(size), turns));
      measured.set(size, columns);
    }
    const rows = [...measured].map(([size, columns]) => [size.toLocaleString("en"), ...columns.map(cells)]);
    const [first = []] = measured.values();
    const last = [...measured.values()].at(-1) ?? [];
    const ratios = last.map((times, column) => median(times) / median(first[column] ?? []));

    const conversations = quick ? 30 : 1_000;
    for (let index = 0; index < conversations; index++) await newConversation(person.user.id, `Conversation ${index}`);
    const posts = quick ? 100 : 29_000;
    await fill(rig, messages(app, conversationId, posts));
    const list = `${base}/conversations?filter[userId]=${person.user.id}`;
    const inOne = `${base}/conversations/${conversationId}/messages`;
    const said = { author: { type: "business" }, content: { type: "text", text: "Hello" } };
    const { body: few } = await app.api.post<{ user: { id: string } }>(`${base}/users`, { externalId: "few" });
    const short = await newConversation(few.user.id);
    for (let index = 0; index < 10; index++) await app.api.post(`${base}/conversations/${short}/messages`, said);
    const large = [
      [
        "listConversations (one page)",
        cells(await timesOf(() => app.api.get(`${base}/conversations?filter[userId]=${few.user.id}`), turns)),
        cells(await timesOf(() => app.api.get(list), turns)),
      ],
      [
        "login",
        cells(await timesOf(() => login(app, web.id, "few", "device"), turns)),
        cells(await timesOf(() => login(app, web.id, "measured", "device"), turns)),
      ],
      [
        "listMessages (one page)",
        cells(await timesOf(() => app.api.get(`${base}/conversations/${short}/messages?page[size]=10`), turns)),
        cells(await timesOf(() => app.api.get(`${inOne}?page[size]=10`), turns)),
      ],
      [
        "postMessage",
        cells(await timesOf(() => app.api.post(`${base}/conversations/${short}/messages`, said), turns)),
        cells(await timesOf(() => app.api.post(inOne, said), turns)),
      ],
    ];
    await served.close();
    await rig.stop();
    return [
      "p50 / p99 in ms, over HTTP through the local server, one request at a time.",
      table(["users in the table", ...Object.keys(calls)], rows),
      goal(
        `flat within noise: from the smallest table to the largest p50 changes by the factors ${ratios.map((ratio) => decimals(ratio)).join(", ")} (at most 1.25)`,
        ratios.every((ratio) => ratio <= 1.25),
      ),
      table(
        [
          "of one user or conversation",
          "1 conversation, 10 messages",
          `${conversations.toLocaleString("en")} conversations, ${posts.toLocaleString("en")} messages`,
        ],
        large,
      ),
    ].join("\n\n");
  },
};
