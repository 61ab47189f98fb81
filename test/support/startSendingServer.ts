import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { SQSBatchResponse } from "aws-lambda";
import { afterAll } from "vitest";
import { apiUrlVariable, variable } from "../../lib/api/environment.ts";
import { openDb } from "../../lib/db/db.ts";
import { readSent, type SentMessage } from "../../lib/db/items/sentItem.ts";
import { appKey, channelAddress, conversationKey, sentPrefix } from "../../lib/db/keys.ts";
import { getItem, queryItems } from "../../lib/db/readItems.ts";
import { importFunction } from "../../lib/local/server.ts";
import { channelTypes } from "../../lib/model/channel.ts";
import type { ChannelTask } from "../../lib/model/channelCall.ts";
import { conversationsOf } from "./business.ts";
import { connect, type TestIntegration, write } from "./channelPeople.ts";
import { type Reaction, type ReceivedRequest, startReceiver } from "./startReceiver.ts";
import type { TestApp, TestServer } from "./startTestServer.ts";
import { startToldServer } from "./startToldServer.ts";
import { withItsRights } from "./tableAccess.ts";
import { uniqueNumber } from "./unique.ts";

/** A task in its queue, with the times that it was handed out. */
interface Waiting {
  readonly task: ChannelTask;
  readonly receipt: string;
  received: number;
}

/** What came of one handing out of a task: done, or held for so many seconds. */
export interface Handed {
  readonly task: ChannelTask;
  readonly done: boolean;
  /** The seconds for which it is held; `undefined` if nothing was said. */
  readonly held?: number | undefined;
}

/**
 * Starts a server with all channels' APIs at one provider on this machine, and with a queue of tasks that is worked on
 * when the test says so.
 * @param settings `endpoint` puts a proxy between server and engine
 */
export async function startSendingServer(settings: { readonly endpoint?: string } = {}) {
  const provider = await startReceiver();
  afterAll(provider.close);
  const dead = mkdtempSync(join(tmpdir(), "sunroom-dead-tasks-"));
  afterAll(() => rmSync(dead, { recursive: true, force: true }));
  process.env[variable.channelDeadLetterQueueUrl] = pathToFileURL(dead).href;
  for (const type of channelTypes) process.env[apiUrlVariable(type)] = `${provider.url}/${type}`;
  const told = await startToldServer(settings);
  const { server, tasks: folder } = told;
  const waiting: Waiting[] = [];
  let made = 0;

  /** Takes the messages that stand in a folder, the oldest first. */
  const take = (from: string): readonly ChannelTask[] =>
    readdirSync(from)
      .filter((name) => name.endsWith(".json"))
      .sort()
      .flatMap((name) => {
        const messages: readonly { body: string }[] = JSON.parse(readFileSync(join(from, name), "utf8"));
        rmSync(join(from, name));
        return messages.map(({ body }): ChannelTask => JSON.parse(body));
      });

  /** Takes what was queued, each task once, as a queue of type FIFO does. */
  const queued = (): readonly ChannelTask[] => {
    for (const task of take(folder))
      if (!waiting.some((one) => one.task.id === task.id))
        waiting.push({ task, receipt: `receipt-${made++}`, received: 0 });
    return waiting.map(({ task }) => task);
  };

  /** Hands a task to the Lambda. */
  async function handOut(one: Waiting, milliseconds = 240_000): Promise<Handed> {
    one.received++;
    const callChannels = withItsRights("callChannels", await importFunction("callChannels"));
    const record = {
      messageId: one.receipt,
      receiptHandle: one.receipt,
      body: JSON.stringify(one.task),
      attributes: { ApproximateReceiveCount: String(one.received) },
    };
    const before = Date.now();
    // What a worker answers, by its contract with Lambda.
    const answer = (await callChannels(
      { Records: [record] },
      { getRemainingTimeInMillis: () => milliseconds },
    )) as SQSBatchResponse;
    const done = answer.batchItemFailures.length === 0;
    const note = join(folder, `${one.receipt}.held`);
    const held = readdirSync(folder).includes(`${one.receipt}.held`)
      ? Math.round((Number(readFileSync(note, "utf8")) - before) / 1000)
      : undefined;
    rmSync(note, { force: true });
    if (done && waiting.includes(one)) waiting.splice(waiting.indexOf(one), 1);
    return { task: one.task, done, held };
  }

  return {
    ...told,
    provider,
    queued,
    handOut,
    waiting,
    /** Takes the tasks that were given up. */
    buried: () => take(dead),
    /** Publishes what changed; answers the tasks that wait. */
    publishTasks: async () => {
      await told.publish();
      return queued();
    },
    /** Publishes what changed and hands out each task once, of a group only while those before it are done. */
    async work(): Promise<readonly Handed[]> {
      await told.publish();
      queued();
      const handed: Handed[] = [];
      const stopped = new Set<string>();
      for (const one of [...waiting]) {
        if (stopped.has(one.task.group)) continue;
        const result = await handOut(one);
        if (!result.done) stopped.add(one.task.group);
        handed.push(result);
      }
      return handed;
    },
    /** Lists what became of the messages of a conversation. */
    async sentIn(app: TestApp, conversationId: string): Promise<readonly SentMessage[]> {
      const { pk } = conversationKey(app.id, conversationId);
      const db = openDb(server.tableName, server.endpoint);
      const { items } = await queryItems(db, { partition: pk, prefix: sentPrefix, limit: 1_000 });
      return items.map(readSent);
    },
    /** Lets a new person write to a bot, a new one unless it is named; reads the person's user and conversation. */
    newChat: (app: TestApp, bot?: TestIntegration, personId?: string) => newChat(server, app, bot, personId),
  };
}

/** A person who has written to a bot, and its conversation with the business. */
export interface Chat {
  readonly bot: TestIntegration;
  readonly personId: string;
  readonly userId: string;
  readonly conversationId: string;
  /** Writes to the bot. */
  readonly write: (text: string) => Promise<unknown>;
}

async function newChat(
  server: TestServer,
  app: TestApp,
  bot?: TestIntegration,
  personId = String(900_000_000 + uniqueNumber()),
): Promise<Chat> {
  const on = bot ?? (await connect(app, "telegram", { token: `${uniqueNumber()}:token` }));
  const say = (text: string) => write(server, on, { id: personId, text });
  await say("Hello");
  const { salt } = (await getItem(openDb(server.tableName, server.endpoint), appKey(app.id))) ?? {};
  const userId = channelAddress(salt, on.id, personId);
  const [conversationId = ""] = await conversationsOf(app, userId);
  return { bot: on, personId, userId, conversationId, write: say };
}

/** Answers a request as Telegram does that takes a message. */
export const telegramAnswer = (messageId: number): Reaction => ({
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ ok: true, result: { message_id: messageId, date: 1, chat: { id: 1, type: "private" } } }),
});

/** Reads the texts of requests to Telegram, in their order. */
export const telegramTexts = (requests: readonly ReceivedRequest[]): readonly unknown[] =>
  requests.map(({ body }): unknown => JSON.parse(body).text);
