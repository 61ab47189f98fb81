import type { SQSBatchResponse } from "aws-lambda";
import { beforeEach, describe, expect, test } from "vitest";
import { importFunction } from "../../lib/local/server.ts";
import { type ChannelType, channelTypes } from "../../lib/model/channel.ts";
import { newPersonal, say } from "../support/business.ts";
import { confide } from "../support/confidences.ts";
import {
  answerWell,
  type ChannelChat,
  connectSending,
  newChannelChat,
  report,
  sendingAccounts,
  sentBy,
} from "../support/sendingChannels.ts";
import { startSendingServer } from "../support/startSendingServer.ts";
import type { TestApp } from "../support/startTestServer.ts";
import { newWebhook } from "../support/startToldServer.ts";
import { withItsRights } from "../support/tableAccess.ts";
import { everyItem } from "../support/tableItems.ts";
import { unique, uniqueNumber } from "../support/unique.ts";
import { writtenLog } from "../support/watchLog.ts";

/** What providers, people and the business's own calls can do to a message on its way. */

const sending = await startSendingServer();
const { server, provider, publish, publishTasks, work, sentIn } = sending;
const freshExternalId = () => String(8e15 + uniqueNumber());
beforeEach(async () => {
  await publishTasks();
  sending.waiting.splice(0);
  provider.answer((request) => answerWell(request, freshExternalId()));
});

const triggers = ["channel", "user", "failure"].map((end) => `conversation:message:delivery:${end}`);

/** Lists the types of an app's events since the last call. */
const toldOf = async (app: TestApp): Promise<readonly string[]> =>
  (await publish()).filter(({ appId }) => appId === app.id).map(({ event }) => event.type.split(":").at(-1) ?? "");

/** Lets something happen while the provider has a message's request and has not answered yet. */
async function sendMeanwhile(happen: () => Promise<unknown>): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const before = provider.received.length;
  const externalId = freshExternalId();
  provider.answer((request) => {
    const well = answerWell(request, externalId);
    return typeof well === "object" ? { ...well, after: promise } : well;
  });
  const done = work();
  await provider.has(before + 1);
  await happen();
  resolve();
  expect(await done).toMatchObject([{ done: true }]);
  return externalId;
}

/** Links a user to the person of a chat, which merges the person's own user into it. */
async function mergeInto(app: TestApp, survivor: Awaited<ReturnType<typeof newPersonal>>, chat: ChannelChat) {
  const { status } = await app.api.post(`/v2/apps/${app.id}/users/${survivor.user.id}/clients`, {
    matchCriteria: {
      ...{ type: "whatsapp", integrationId: chat.account.id, phoneNumber: `+${chat.personId}`, primary: true },
    },
    confirmation: { type: "immediate" },
    target: { conversationId: survivor.conversationId },
  });
  expect(status).toBe(201);
}

describe("while the provider takes a message", () => {
  test.each<[string, (chat: ChannelChat, messageId: string) => string]>([
    ["it", ({ conversationId }, messageId) => `conversations/${conversationId}/messages/${messageId}`],
    ["everything said", ({ conversationId }) => `conversations/${conversationId}/messages`],
    ["its user", ({ userId }) => `users/${userId}`],
  ])("%s may be deleted: nothing is recorded of it", async (_, pathOf) => {
    const app = await server.newApp();
    const chat = await newChannelChat(server, app, "whatsapp");
    const messageId = await say(app, chat.conversationId, "Hello");
    await sendMeanwhile(async () =>
      expect((await app.api.delete(`/v2/apps/${app.id}/${pathOf(chat, messageId)}`)).status).toBe(200),
    );
    const left = (await everyItem(server)).filter(({ pk, sk }) => pk.includes(app.id) && /^(sent|receipt)/.test(sk));
    expect(left).toEqual([]);
  });

  test("its user may be merged: what became of it stands beside it, is told once, and reports find it", async () => {
    const app = await server.newApp();
    await newWebhook(app, { triggers: triggers as never });
    const chat = await newChannelChat(server, app, "whatsapp");
    const survivor = await newPersonal(app);
    await say(app, chat.conversationId, "Hello");
    const externalId = await sendMeanwhile(async () => {
      await mergeInto(app, survivor, chat);
      await app.api.get(`/v2/apps/${app.id}/conversations/${survivor.conversationId}/messages`);
    });
    expect(await toldOf(app)).toEqual(["channel"]);
    await report(server, chat, externalId, { state: "delivered" });
    expect(await toldOf(app)).toEqual(["user"]);
    expect(await sentIn(app, chat.conversationId)).toEqual([]);
    expect(await sentIn(app, survivor.conversationId)).toMatchObject([
      { outcome: { kind: "accepted" }, report: { state: "delivered" } },
    ]);
  });

  test("its integration may be deleted: it was sent nevertheless", async () => {
    const app = await server.newApp();
    const chat = await newChannelChat(server, app, "telegram");
    await say(app, chat.conversationId, "Hello");
    await sendMeanwhile(() => app.api.delete(`/v2/apps/${app.id}/integrations/${chat.account.id}`));
    expect(await sentIn(app, chat.conversationId)).toMatchObject([{ outcome: { kind: "accepted" } }]);
  });
});

test("a report on a message that was sent before its user was merged is told", async () => {
  const app = await server.newApp();
  await newWebhook(app, { triggers: triggers as never });
  const chat = await newChannelChat(server, app, "whatsapp");
  const survivor = await newPersonal(app);
  await say(app, chat.conversationId, "Hello");
  const externalId = await sendMeanwhile(async () => {});
  await mergeInto(app, survivor, chat);
  await app.api.get(`/v2/apps/${app.id}/conversations/${survivor.conversationId}/messages`);
  expect(await toldOf(app)).toEqual(["channel"]);
  await report(server, chat, externalId, { state: "read" });
  expect(await toldOf(app)).toEqual(["user"]);
});

describe("a message in the queue that is no task", () => {
  const task = {
    ...{ id: "x", appId: "a".repeat(24), group: "g", queuedAt: new Date().toISOString(), kind: "message" },
    ...{ conversationId: "c".repeat(24), messageId: "m", userId: "u", clientId: "k" },
  };
  test.each([
    ...["", "no JSON", "null", "[]", '"x"', "7", "{}", "[".repeat(50_000), `{"id":"${"x".repeat(100_000)}"}`],
    ...["message", "media", "link", "typing", "read", "__proto__"].map((kind) => JSON.stringify({ kind })),
    ...[{ appId: { a: 1 } }, { appId: null }, { queuedAt: "yesterday" }, { userId: "" }, { messageId: 7 }].map(
      (wrong) => JSON.stringify({ ...task, ...wrong }),
    ),
  ])("throws nothing, calls no provider, and holds up none behind another group: %.40s", async (body) => {
    const callChannels = withItsRights("callChannels", await importFunction("callChannels"));
    const before = provider.received.length;
    const attributes = { ApproximateReceiveCount: "1" };
    const record = { messageId: "m", receiptHandle: "poison", body, attributes };
    // What a worker answers, by its contract with Lambda.
    const answer = (await callChannels(
      { Records: [record] },
      { getRemainingTimeInMillis: () => 60_000 },
    )) as SQSBatchResponse;
    expect(answer.batchItemFailures.length).toBeLessThanOrEqual(1);
    expect(provider.received.length).toBe(before);
  });
});

describe.each(channelTypes)("on %s", (type) => {
  test.each(["tökén 漢", "two\nlines", "\u0000x"])(
    "credentials like %j get an answer, or fail at once",
    async (bad) => {
      const app = await server.newApp();
      const names = Object.keys(sendingAccounts[type].fields()).filter((name) => /token|key/i.test(name));
      const on = await connectSending(app, type, Object.fromEntries(names.map((name) => [name, bad])));
      const chat = await newChannelChat(server, app, type, on);
      await say(app, chat.conversationId, "Hello");
      const before = provider.received.length;
      expect(await work()).toMatchObject([{ done: true }]);
      const [sent] = await sentIn(app, chat.conversationId);
      if (provider.received.length === before)
        expect(sent?.outcome).toMatchObject({ kind: "failed", failure: { reason: "wrongCredentials" } });
      else expect(sent?.outcome).toMatchObject({ kind: "accepted" });
    },
  );

  test("answers with anything in them are stored, or put off, and never thrown over", async () => {
    const app = await server.newApp();
    const chat = await newChannelChat(server, app, type);
    const ids = Array.from({ length: 2_000 }, (_, index) => ({ id: `${index}` }));
    const anything: readonly unknown[] = [
      null,
      true,
      -1,
      1e308,
      "\ud800",
      "x".repeat(2_000),
      [],
      [[]],
      {},
      { id: {} },
      { toString: 1 },
    ];
    const names = ["ok", "result", "status", "message_id", "messages", "sentMessages", "sid", "id", "message_token"];
    const errors = ["error", "errors", "description", "message", "code", "error_code", "parameters", "details"];
    const bodies: string[] = [
      JSON.stringify({ ok: true, status: 0, sentMessages: ids, messages: ids, result: { message_id: 1 }, id: "1" }),
      `{"__proto__":{"ok":true},"constructor":1,"ok":true,"status":0}`,
      `{"a":${"[".repeat(30_000)}${"]".repeat(30_000)}}`,
      "\ufeff{}",
      ...anything.map((value) =>
        JSON.stringify(Object.fromEntries([...names, ...errors].map((name) => [name, value]))),
      ),
    ];
    for (const status of [200, 400, 429])
      for (const body of bodies) {
        const headers = {
          "retry-after": "-1e9",
          "x-business-use-case-usage": body.slice(0, 500).replace(/[^!-~]/g, ""),
        };
        provider.answerOnce({ status, headers, body });
        await say(app, chat.conversationId, "Hello");
        const [first] = await work();
        expect(first).toBeDefined();
        if (first?.done === false) expect(await work(), body.slice(0, 100)).toMatchObject([{ done: true }]);
      }
    expect(sending.buried()).toEqual([]);
    const sent = await sentIn(app, chat.conversationId);
    expect(sent).toHaveLength(3 * bodies.length);
    for (const { outcome } of sent) expect(["accepted", "failed"]).toContain(outcome?.kind);
  });

  test("the provider's words on a refusal are told without the account's secrets", async () => {
    const app = await server.newApp();
    const chat = await newChannelChat(server, app, type);
    const secrets = Object.entries(chat.fields).flatMap(([name, value]) => (/token|key/i.test(name) ? [value] : []));
    const words = `No: ${secrets.join(" and ")} are wrong`;
    const error = { message: words, description: words, status_message: words, code: 1 };
    provider.answerOnce({
      status: 400,
      body: JSON.stringify({ ...error, ok: false, status: 1, error, errors: [error] }),
    });
    await say(app, chat.conversationId, "Hello");
    await work();
    const [sent] = await sentIn(app, chat.conversationId);
    expect(sent?.outcome).toMatchObject({
      kind: "failed",
      failure: { message: expect.stringContaining("… are wrong") },
    });
    for (const secret of secrets) expect(JSON.stringify(sent)).not.toContain(secret);
  });

  test("a report of another app's account changes nothing of a message, whatever id it names", async () => {
    const [app, other] = [await server.newApp(), await server.newApp()];
    await newWebhook(app, { triggers: triggers as never });
    const chat = await newChannelChat(server, app, type);
    const attacker = { ...chat, account: (await connectSending(other, type)).account };
    const sibling = { ...chat, account: (await connectSending(app, type)).account };
    await say(app, chat.conversationId, "Hello");
    const externalId = await sendMeanwhile(async () => {});
    await toldOf(app);
    for (const state of ["delivered", "read", "failed"] as const)
      for (const from of [attacker, sibling]) await report(server, from, externalId, { state });
    expect(await toldOf(app)).toEqual([]);
    expect(await sentIn(app, chat.conversationId)).toMatchObject([{ report: undefined }]);
  });
});

describe("two accounts of one channel", () => {
  test.each<ChannelType>(["telegram", "whatsapp", "twilio", "mailgun"])(
    "on %s each speak for themselves: a person of one is answered by it, with its credentials",
    async (type) => {
      const app = await server.newApp();
      const chats = [await newChannelChat(server, app, type), await newChannelChat(server, app, type)];
      for (const { conversationId, personId } of chats) await say(app, conversationId, `To ${personId}`);
      const before = provider.received.length;
      await work();
      const requests = provider.received.slice(before);
      expect(requests).toHaveLength(2);
      for (const { fields, personId } of chats) {
        const { headers = {}, path } = sendingAccounts[type].proof(fields);
        const own = requests.filter((request) => sentBy(request)?.personId === personId);
        expect(own).toMatchObject([{ headers }]);
        expect(own[0]?.path.startsWith(`/${type}${path}`)).toBe(true);
        expect(own[0] && sentBy(own[0])?.text).toBe(`To ${personId}`);
      }
    },
  );
});

describe("a client", () => {
  const clientOf = async (app: TestApp, { userId }: ChannelChat) => {
    const { body } = await app.api.get<{ clients: { id: string; status: string }[] }>(
      `/v2/apps/${app.id}/users/${userId}/clients`,
    );
    return body.clients[0];
  };

  test("that is removed while a message waits gets nothing, whether or not it was the message's destination", async () => {
    const app = await server.newApp();
    const chat = await newChannelChat(server, app, "telegram");
    const messages = `/v2/apps/${app.id}/conversations/${chat.conversationId}/messages`;
    const content = { type: "text", text: "Hello" };
    await app.api.post(messages, { author: { type: "business" }, content });
    const destination = { integrationId: chat.account.id };
    await app.api.post(messages, { author: { type: "business" }, content, destination });
    expect(await publishTasks()).toHaveLength(2);
    const client = await clientOf(app, chat);
    const removed = await app.api.delete(`/v2/apps/${app.id}/users/${chat.userId}/clients/${client?.id}`);
    expect(removed.status).toBe(200);
    const before = provider.received.length;
    expect((await work()).map(({ done }) => done)).toEqual([true, true]);
    expect(provider.received.length).toBe(before);
    expect(await sentIn(app, chat.conversationId)).toMatchObject([
      { outcome: { kind: "failed", failure: { reason: "unreachable" } } },
    ]);
  });
});

test("nothing of what is sent is logged: no credential, text, or person, nor what a provider says of them", async () => {
  const app = await server.newApp();
  const words = unique("confidential");
  confide(words);
  for (const type of channelTypes) {
    const chat = await newChannelChat(server, app, type);
    confide(chat.personId);
    for (const status of [200, 400, 401, 500]) {
      const secrets = Object.values(chat.fields).join(" ");
      const description = `${words} ${chat.personId} ${secrets}`;
      provider.answerOnce({ status, body: JSON.stringify({ message: description, error: { message: description } }) });
      await say(app, chat.conversationId, words);
      await work();
      await work();
    }
    for (const secret of [words, chat.personId, ...Object.values(chat.fields).filter((value) => value.length > 8)])
      expect(writtenLog()).not.toContain(secret);
  }
  expect(writtenLog()).toContain('"callChannels"');
});
