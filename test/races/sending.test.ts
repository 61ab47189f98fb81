import { tmpdir } from "node:os";
import { pathToFileURL } from "node:url";
import { afterAll, expect, test } from "vitest";
import { findApp } from "../../lib/apps/apps.ts";
import { findIntegration } from "../../lib/apps/integrations.ts";
import { objectStore } from "../../lib/aws/objectStore.ts";
import type { TaskRuntime } from "../../lib/channels/outbound/taskRuntime.ts";
import { workOnTask } from "../../lib/channels/outbound/workOnTask.ts";
import { openDb } from "../../lib/db/db.ts";
import type { ChannelTask } from "../../lib/model/channelCall.ts";
import { say } from "../support/business.ts";
import { connect } from "../support/channelPeople.ts";
import { engineEndpoint } from "../support/engineEndpoint.ts";
import { heldChannelQueue } from "../support/heldChannelQueue.ts";
import { runtimeOf } from "../support/runtimeOf.ts";
import { seededRandom } from "../support/seededRandom.ts";
import { startProxy } from "../support/startProxy.ts";
import type { Reaction } from "../support/startReceiver.ts";
import { type Chat, startSendingServer, telegramAnswer } from "../support/startSendingServer.ts";
import { uniqueNumber } from "../support/unique.ts";

const proxy = await startProxy(engineEndpoint());
afterAll(proxy.close);
const { server, provider, publishTasks, sentIn, newChat } = await startSendingServer();

const [bots, peopleOfBot, messagesEach] = [5, 20, 10];
/** Tasks that are handed out at once. */
const atOnce = 100;

interface Waiting {
  readonly task: ChannelTask;
  received: number;
}

/** Works on tasks as the queue hands them out: of each group the first alone, and none before its time. */
async function workOnAll(runtime: TaskRuntime, tasks: readonly ChannelTask[], clock: { time: number }) {
  const groups = new Map<string, Waiting[]>();
  for (const task of tasks) groups.set(task.group, [...(groups.get(task.group) ?? []), { task, received: 0 }]);
  const until = new Map<string, number>();
  const handOut = async (group: string, waiting: Waiting[]) => {
    const [first] = waiting;
    if (first === undefined) return;
    first.received++;
    const queue = heldChannelQueue();
    const message = {
      messageId: first.task.id,
      body: JSON.stringify(first.task),
      receiptHandle: first.task.id,
      attributes: { ApproximateReceiveCount: String(first.received) },
    };
    const done = await workOnTask({ ...runtime, channelQueue: queue }, message, () => true);
    expect(queue.buried).toEqual([]);
    if (done) waiting.shift();
    else until.set(group, clock.time + (queue.held.at(-1)?.seconds ?? 30) * 1000);
  };
  for (;;) {
    const open = [...groups].filter(([, waiting]) => waiting.length > 0);
    if (open.length === 0) return;
    const due = open.filter(([group]) => (until.get(group) ?? 0) <= clock.time);
    if (due.length === 0) clock.time = Math.min(...open.map(([group]) => until.get(group) ?? 0));
    await Promise.all(due.slice(0, atOnce).map(([group, waiting]) => handOut(group, waiting)));
  }
}

test("a thousand messages to a hundred people, with failures of everything, all arrive in their order", async () => {
  const random = seededRandom(20261129);
  const app = await server.newApp();
  const chats: Chat[] = [];
  for (let made = 0; made < bots; made++) {
    const bot = await connect(app, "telegram", { token: `${uniqueNumber()}:token` });
    for (let person = 0; person < peopleOfBot; person++) chats.push(await newChat(app, bot));
  }
  const posted = new Map<string, { readonly text: string; readonly chat: Chat }>();
  for (let count = 0; count < messagesEach; count++)
    await Promise.all(
      chats.map(async (chat) => {
        const text = `message ${count} to ${chat.personId}`;
        posted.set(await say(app, chat.conversationId, text), { text, chat });
      }),
    );
  const tasks = await publishTasks();
  expect(tasks).toHaveLength(posted.size);

  /** What the provider took, by person, and how often it took each text. */
  const taken = new Map<string, string[]>();
  const times = new Map<string, number>();
  /** The texts of which the worker may not know that they were taken. */
  const unheard = new Set<string>();
  provider.answer(({ body }, index): Reaction => {
    const { chat_id: personId, text } = JSON.parse(body);
    const chance = random.next();
    if (chance < 0.06) return 503;
    if (chance < 0.09) return { status: 429, body: JSON.stringify({ ok: false, parameters: { retry_after: 5 } }) };
    if (chance < 0.11) return "reset";
    taken.set(String(personId), [...(taken.get(String(personId)) ?? []), text]);
    times.set(text, (times.get(text) ?? 0) + 1);
    // Taken, but not heard of.
    if (chance < 0.13) {
      unheard.add(text);
      return "reset";
    }
    return telegramAnswer(index + 1);
  });
  const lift = proxy.faultBy(({ action, body }) => {
    if (random.next() > 0.02) return undefined;
    const [, message] = [...posted].find(([id]) => body.includes(id)) ?? [];
    // What the provider took may not have been recorded.
    if (message !== undefined && action !== "BatchGetItem") unheard.add(message.text);
    return random.next() < 0.5 ? "fail" : "reset after";
  });

  const clock = { time: Date.now() };
  const base = runtimeOf(openDb(server.tableName, proxy.endpoint), { now: () => new Date(clock.time) });
  const url = `${provider.url}/telegram`;
  await workOnAll(
    {
      ...base,
      findApp: (id) => findApp(base, id),
      findIntegration: (id) => findIntegration(base, id),
      channelQueue: heldChannelQueue(),
      apiUrls: { telegram: url },
      store: objectStore(pathToFileURL(tmpdir()).href, base.now),
      channelWebhookUrl: (id) => `${server.url}/webhooks/${id}`,
    },
    tasks,
    clock,
  );
  lift();

  for (const { personId } of chats) {
    const expected = [...posted.values()].filter(({ chat }) => chat.personId === personId).map(({ text }) => text);
    // None is lost, and each came first after the one before it.
    expect([...new Set(taken.get(personId))]).toEqual(expected);
    // And none came again once a later one had come.
    expect(taken.get(personId)).toEqual(expected.flatMap((text) => Array(times.get(text)).fill(text)));
  }
  const repeated = [...times].filter(([, count]) => count > 1).map(([text]) => text);
  expect(repeated.length).toBeGreaterThan(10);
  expect(repeated.filter((text) => !unheard.has(text))).toEqual([]);
  const outcomes = (await Promise.all(chats.map(({ conversationId }) => sentIn(app, conversationId)))).flat();
  expect(outcomes).toHaveLength(posted.size);
  expect(outcomes.filter(({ outcome }) => outcome?.kind !== "accepted")).toEqual([]);
});
