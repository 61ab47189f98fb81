import { tmpdir } from "node:os";
import { pathToFileURL } from "node:url";
import { afterAll, expect, test } from "vitest";
import { findApp } from "../../lib/apps/apps.ts";
import { findIntegration } from "../../lib/apps/integrations.ts";
import { objectStore } from "../../lib/aws/objectStore.ts";
import { loadSender } from "../../lib/channels/loadSender.ts";
import type { TaskRuntime } from "../../lib/channels/outbound/taskRuntime.ts";
import { workOnTask } from "../../lib/channels/outbound/workOnTask.ts";
import { openDb } from "../../lib/db/db.ts";
import { type ChannelType, channelTypes } from "../../lib/model/channel.ts";
import type { ChannelTask } from "../../lib/model/channelCall.ts";
import { say } from "../support/business.ts";
import { engineEndpoint } from "../support/engineEndpoint.ts";
import { heldChannelQueue } from "../support/heldChannelQueue.ts";
import { runtimeOf } from "../support/runtimeOf.ts";
import { seededRandom } from "../support/seededRandom.ts";
import {
  answerWell,
  type ChannelChat,
  channelOf,
  connectSending,
  newChannelChat,
  sentBy,
} from "../support/sendingChannels.ts";
import { startProxy } from "../support/startProxy.ts";
import type { Reaction, ReceivedRequest } from "../support/startReceiver.ts";
import { startSendingServer } from "../support/startSendingServer.ts";

const proxy = await startProxy(engineEndpoint());
afterAll(proxy.close);
const { server, provider, publishTasks, sentIn } = await startSendingServer();

/** An account of every channel, and a second one of the first. */
const accounts: readonly ChannelType[] = [...channelTypes, ...channelTypes.slice(0, 1)];
const [peopleEach, messagesEach] = [10, 10];
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

/** Providers that fail in every way, and remember what they took: LINE also by which key, to take it once. */
function forgetfulProviders(random: ReturnType<typeof seededRandom>) {
  /** What they took, by channel and person, and how often they took each text. */
  const taken = new Map<string, string[]>();
  const times = new Map<string, number>();
  /** The texts of which the worker may not know that they were taken. */
  const unheard = new Set<string>();
  const keys = new Set<unknown>();
  const refusals: readonly [below: number, reaction: Reaction][] = [
    [0.06, 503],
    [0.08, { status: 429, headers: { "retry-after": "5" }, body: "{}" }],
    [0.09, { body: "<html>Log in</html>" }],
    [0.11, "reset"],
  ];

  const take = (request: ReceivedRequest, chance: number, index: number): Reaction => {
    const { personId = "", text = "" } = sentBy(request) ?? {};
    const person = `${channelOf(request)} ${personId}`;
    taken.set(person, [...(taken.get(person) ?? []), text]);
    times.set(text, (times.get(text) ?? 0) + 1);
    if (chance >= 0.13) return answerWell(request, String(8e15 + index));
    // Taken, but not heard of.
    unheard.add(text);
    return chance < 0.12 ? "reset" : "cut";
  };
  const answer = (request: ReceivedRequest, index: number): Reaction => {
    const chance = random.next();
    const [, refusal] = refusals.find(([below]) => chance < below) ?? [];
    if (refusal !== undefined) return refusal;
    const key = request.headers["x-line-retry-key"];
    if (keys.has(key)) return { status: 409, body: '{"message":"The retry key is already accepted"}' };
    if (key !== undefined) keys.add(key);
    return take(request, chance, index);
  };
  return { taken, times, unheard, answer };
}

test("a thousand messages to a hundred people on all channels, with failures of everything, arrive in their order", async () => {
  const random = seededRandom(20261129);
  const app = await server.newApp();
  const chats: ChannelChat[] = [];
  for (const type of accounts) {
    const on = await connectSending(app, type);
    for (let person = 0; person < peopleEach; person++) chats.push(await newChannelChat(server, app, type, on));
  }
  const posted = new Map<string, { readonly text: string; readonly chat: ChannelChat }>();
  for (let count = 0; count < messagesEach; count++)
    await Promise.all(
      chats.map(async (chat) => {
        const text = `message ${count} to ${chat.type} ${chat.personId}`;
        posted.set(await say(app, chat.conversationId, text), { text, chat });
      }),
    );
  const tasks = await publishTasks();
  expect(tasks).toHaveLength(posted.size);

  const { taken, times, unheard, answer } = forgetfulProviders(random);
  provider.answer(answer);
  const lift = proxy.faultBy(({ action, body }) => {
    if (random.next() > 0.02) return undefined;
    const [, message] = [...posted].find(([id]) => body.includes(id)) ?? [];
    // What the provider took may not have been recorded.
    if (message !== undefined && action !== "BatchGetItem") unheard.add(message.text);
    return random.next() < 0.5 ? "fail" : "reset after";
  });

  const clock = { time: Date.now() };
  const base = runtimeOf(openDb(server.tableName, proxy.endpoint), { now: () => new Date(clock.time) });
  await workOnAll(
    {
      ...base,
      findApp: (id) => findApp(base, id),
      findIntegration: (id) => findIntegration(base, id),
      channelQueue: heldChannelQueue(),
      apiUrls: Object.fromEntries(channelTypes.map((type) => [type, `${provider.url}/${type}`])),
      store: objectStore(pathToFileURL(tmpdir()).href, base.now),
      channelWebhookUrl: (id) => `${server.url}/webhooks/${id}`,
    },
    tasks,
    clock,
  );
  lift();

  for (const chat of chats) {
    const expected = [...posted.values()].filter((one) => one.chat === chat).map(({ text }) => text);
    const got = taken.get(`${chat.type} ${chat.personId}`);
    // None is lost, and each came first after the one before it.
    expect([...new Set(got)]).toEqual(expected);
    // And none came again once a later one had come.
    expect(got).toEqual(expected.flatMap((text) => Array(times.get(text)).fill(text)));
    // None came twice where the channel knows a request again.
    if ((await loadSender(chat.type)).idempotent) expect(got).toEqual(expected);
  }
  const repeated = [...times].filter(([, count]) => count > 1).map(([text]) => text);
  expect(repeated.length).toBeGreaterThan(10);
  expect(repeated.filter((text) => !unheard.has(text))).toEqual([]);
  const outcomes = (await Promise.all(chats.map(({ conversationId }) => sentIn(app, conversationId)))).flat();
  expect(outcomes).toHaveLength(posted.size);
  expect(outcomes.filter(({ outcome }) => outcome?.kind !== "accepted")).toEqual([]);
});
