import { describe, expect, test } from "vitest";
import { openDb } from "../../lib/db/db.ts";
import { readReceiptRecord, waitingReceiptItem } from "../../lib/db/items/sentItem.ts";
import { appKey, receiptAddress, receiptKey } from "../../lib/db/keys.ts";
import { getItem } from "../../lib/db/readItems.ts";
import { putItem } from "../../lib/db/writeItems.ts";
import { newConversation, newPersonal, newUser, say } from "../support/business.ts";
import { connect, type TestIntegration } from "../support/channelPeople.ts";
import type { Reaction } from "../support/startReceiver.ts";
import { startSendingServer, telegramAnswer, telegramTexts } from "../support/startSendingServer.ts";
import type { TestApp } from "../support/startTestServer.ts";
import { unique, uniqueNumber } from "../support/unique.ts";

const sending = await startSendingServer();
const db = openDb(sending.server.tableName, sending.server.endpoint);
const { server, provider, publishTasks, work, sentIn, newChat } = sending;

/** Answers all requests as the providers do that take messages; counts from the requests so far. */
function takeAll(): () => typeof provider.received {
  provider.answer(({ path }, index) =>
    path.startsWith("/whatsapp/") ? graphAnswer(index) : telegramAnswer(index + 1),
  );
  const before = provider.received.length;
  return () => provider.received.slice(before);
}

const graphAnswer = (index: number): Reaction => ({ body: JSON.stringify({ messages: [{ id: `wamid.${index}` }] }) });

const telegramError = (status: number, description: string, parameters: object = {}): Reaction => ({
  status,
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ ok: false, error_code: status, description, parameters }),
});

/** Links a user to a number on a new WhatsApp account, which becomes its primary client. */
async function linkToWhatsapp(app: TestApp, userId: string, conversationId: string): Promise<TestIntegration> {
  const account = await connect(app, "whatsapp", { accessToken: "graph-token" });
  const number = `+1514555${String(1_000 + uniqueNumber())}`;
  const linked = await app.api.post(`/v2/apps/${app.id}/users/${userId}/clients`, {
    matchCriteria: { type: "whatsapp", integrationId: account.id, phoneNumber: number, primary: true },
    confirmation: { type: "immediate" },
    target: { conversationId },
  });
  expect(linked.status).toBe(201);
  return account;
}

/** Posts a message with wishes about its delivery. */
const post = (app: TestApp, conversationId: string, fields: object) =>
  app.api.post<{ messages: [{ id: string }] }>(`/v2/apps/${app.id}/conversations/${conversationId}/messages`, {
    author: { type: "business" },
    content: { type: "text", text: "We are open." },
    ...fields,
  });

describe("a message of the business", () => {
  test("goes to the person that wrote on a channel, once, and what became of it is recorded beside it", async () => {
    const app = await server.newApp();
    const chat = await newChat(app);
    const requests = takeAll();
    const messageId = await say(app, chat.conversationId, "We are open.");
    expect(await work()).toMatchObject([{ done: true, task: { kind: "message", messageId, userId: chat.userId } }]);
    expect(requests()).toMatchObject([{ method: "POST", headers: { "content-type": "application/json" } }]);
    expect(JSON.parse(requests()[0]?.body ?? "")).toMatchObject({
      chat_id: Number(chat.personId),
      text: "We are open.",
    });
    expect(await sentIn(app, chat.conversationId)).toMatchObject([
      {
        messageId,
        answered: 1,
        destination: { type: "telegram", integrationId: chat.bot.id, userId: chat.userId },
        outcome: { kind: "accepted", isFinal: true },
      },
    ]);
  });

  test("is not sent again when its task is handed out again", async () => {
    const app = await server.newApp();
    const chat = await newChat(app);
    const requests = takeAll();
    await say(app, chat.conversationId, "Once");
    const [task] = await publishTasks();
    if (task === undefined) throw new Error("There is no task.");
    for (const received of [0, 0])
      expect(await sending.handOut({ task, receipt: "again", received })).toMatchObject({ done: true });
    sending.waiting.splice(0);
    expect(telegramTexts(requests())).toEqual(["Once"]);
  });

  test("goes to nobody if a person wrote it, if its conversation is on a web page alone, or if nobody is to get it", async () => {
    const app = await server.newApp();
    const chat = await newChat(app);
    const { conversationId } = await newPersonal(app);
    await say(app, conversationId, "To a web page");
    await say(app, chat.conversationId, "Of the person", chat.userId);
    await post(app, chat.conversationId, { destination: { integrationType: "none" } });
    expect(await publishTasks()).toEqual([]);
  });

  test.each(["integrationId", "integrationType"])("goes where its destination says, by %s", async (by) => {
    const app = await server.newApp();
    const chat = await newChat(app);
    await linkToWhatsapp(app, chat.userId, chat.conversationId);
    await post(app, chat.conversationId, {
      destination: by === "integrationId" ? { integrationId: chat.bot.id } : { integrationType: "telegram" },
    });
    const requests = takeAll();
    expect(await work()).toMatchObject([{ done: true }]);
    expect(requests().map(({ path }) => path.split("/")[1])).toEqual(["telegram"]);
  });

  test("goes to the primary client alone, which the latest link is", async () => {
    const app = await server.newApp();
    const chat = await newChat(app);
    await linkToWhatsapp(app, chat.userId, chat.conversationId);
    await say(app, chat.conversationId, "By WhatsApp");
    const requests = takeAll();
    expect(await work()).toMatchObject([{ done: true }]);
    expect(requests().map(({ path }) => path.split("/")[1])).toEqual(["whatsapp"]);
  });

  test("to a group goes to each of its people on a channel, each in an order of its own", async () => {
    const app = await server.newApp();
    const users = await Promise.all([newUser(app), newUser(app), newUser(app)]);
    const participants = users.map(({ id }) => ({ userId: id, subscribeSDKClient: false }));
    const conversationId = await newConversation(app, { type: "sdkGroup", participants });
    const [ann, bob] = users.map(({ id }) => id);
    await linkToWhatsapp(app, ann ?? "", conversationId);
    await linkToWhatsapp(app, bob ?? "", conversationId);
    await say(app, conversationId, "To all");
    const tasks = await publishTasks();
    expect(tasks.map((task) => task.kind === "message" && task.userId).sort()).toEqual([ann, bob].sort());
    expect(new Set(tasks.map(({ group }) => group)).size).toBe(2);
    const requests = takeAll();
    expect(await work()).toMatchObject([{ done: true }, { done: true }]);
    expect(new Set(requests().map(({ body }): unknown => JSON.parse(body).to)).size).toBe(2);
  });
});

describe("a provider that does not take a message", () => {
  test("and says why it never will, makes the message fail", async () => {
    const app = await server.newApp();
    const chat = await newChat(app);
    provider.answer(telegramError(403, "Forbidden: bot was blocked by the user"));
    await say(app, chat.conversationId, "Are you there?");
    expect(await work()).toMatchObject([{ done: true }]);
    expect(await sentIn(app, chat.conversationId)).toMatchObject([
      { answered: 0, outcome: { kind: "failed", failure: { reason: "notPermitted" } } },
    ]);
  });

  test("and asks for a pause, gets no request during it, and then all messages in their order", async () => {
    const app = await server.newApp();
    const chat = await newChat(app);
    const requests = takeAll();
    provider.answerOnce(telegramError(429, "Too Many Requests: retry after 3600", { retry_after: 3600 }));
    for (const text of ["one", "two", "three"]) await say(app, chat.conversationId, text);
    const [first, ...others] = await work();
    expect(others).toEqual([]);
    expect(first?.held).toBeGreaterThanOrEqual(3600);
    expect((await work()).map(({ done }) => done)).toEqual([false]);
    expect(telegramTexts(requests())).toEqual(["one"]);
    sending.waiting.splice(0);
  });

  test("at all, gets it again after longer and longer pauses, and holds up no other integration", async () => {
    const app = await server.newApp();
    const [broken, whole] = [await newChat(app), await newChat(app)];
    await say(app, broken.conversationId, "To the broken one");
    const failures: Reaction[] = [500, "reset", 502, 503];
    const requests = takeAll();
    provider.answerOnce(...failures);
    const held: (number | undefined)[] = [];
    for (const _ of failures) held.push((await work())[0]?.held);
    expect(held.map((seconds) => Math.floor(Math.log2(seconds ?? 0)))).toEqual([1, 2, 3, 4]);
    await say(app, whole.conversationId, "To the whole one");
    expect(await work()).toMatchObject([{ done: true }, { done: true }]);
    expect(telegramTexts(requests()).slice(failures.length).sort()).toEqual(["To the broken one", "To the whole one"]);
  });

  test("five times in a row, is asked no more for half a minute", async () => {
    const app = await server.newApp();
    const chat = await newChat(app);
    await say(app, chat.conversationId, "Hello");
    const requests = takeAll();
    provider.answerOnce(500, 500, 500, 500, 500);
    for (let count = 0; count < 7; count++) expect(await work()).toMatchObject([{ done: false }]);
    expect(requests()).toHaveLength(5);
    sending.waiting.splice(0);
  });

  test("for a day, makes the message fail, without a request more", async () => {
    const app = await server.newApp();
    const chat = await newChat(app);
    await say(app, chat.conversationId, "Hello");
    const [task] = await publishTasks();
    if (task === undefined) throw new Error("There is no task.");
    sending.waiting.splice(0);
    const requests = takeAll();
    const old = { ...task, queuedAt: new Date(Date.now() - 24 * 60 * 60 * 1000).toISOString() };
    expect(await sending.handOut({ task: old, receipt: "old", received: 300 })).toMatchObject({ done: true });
    expect(requests()).toEqual([]);
    expect(await sentIn(app, chat.conversationId)).toMatchObject([
      { outcome: { kind: "failed", failure: { reason: "expired" } } },
    ]);
  });
});

describe("a message that takes several requests", () => {
  /** A picture with more text than fits below it. */
  const content = { type: "image", mediaUrl: "https://example.org/a.png", text: "a ".repeat(1_000) };

  test("goes on with the request that was not answered", async () => {
    const app = await server.newApp();
    const chat = await newChat(app);
    const requests = takeAll();
    await post(app, chat.conversationId, { content });
    provider.answerOnce(telegramAnswer(1), 500);
    expect(await work()).toMatchObject([{ done: false }]);
    expect(await sentIn(app, chat.conversationId)).toMatchObject([{ answered: 1, outcome: undefined }]);
    expect(await work()).toMatchObject([{ done: true }]);
    expect(requests().map(({ path }) => path.split("/").at(-1))).toEqual(["sendPhoto", "sendMessage", "sendMessage"]);
    expect(await sentIn(app, chat.conversationId)).toMatchObject([{ answered: 2, outcome: { kind: "accepted" } }]);
  });

  test("is left to the next Lambda where there is no time for it", async () => {
    const app = await server.newApp();
    const chat = await newChat(app);
    const requests = takeAll();
    await post(app, chat.conversationId, { content });
    await publishTasks();
    const [one] = sending.waiting;
    if (one === undefined) throw new Error("There is no task.");
    expect(await sending.handOut(one, 1_000)).toMatchObject({ done: false, held: 0 });
    expect(requests()).toEqual([]);
    expect(await work()).toMatchObject([{ done: true }]);
  });
});

describe("a message of which something is gone when it is to be sent", () => {
  /** Posts a message, lets something happen, and hands its task out. */
  async function sentAfter(
    happen: (at: { app: TestApp; chat: Awaited<ReturnType<typeof newChat>>; messageId: string }) => Promise<unknown>,
  ) {
    const app = await server.newApp();
    const chat = await newChat(app);
    const messageId = await say(app, chat.conversationId, "Hello");
    await publishTasks();
    await happen({ app, chat, messageId });
    const requests = takeAll();
    const handed = await Promise.all([...sending.waiting].map((one) => sending.handOut(one)));
    expect(handed).toMatchObject([{ done: true }]);
    return { requests: requests(), sent: await sentIn(app, chat.conversationId) };
  }

  test.each<[string, Parameters<typeof sentAfter>[0]]>([
    [
      "the message",
      ({ app, chat, messageId }) =>
        app.api.delete(`/v2/apps/${app.id}/conversations/${chat.conversationId}/messages/${messageId}`),
    ],
    [
      "all messages",
      ({ app, chat }) => app.api.delete(`/v2/apps/${app.id}/conversations/${chat.conversationId}/messages`),
    ],
    ["the user", ({ app, chat }) => app.api.delete(`/v2/apps/${app.id}/users/${chat.userId}`)],
    ["the app", ({ app }) => server.account.delete(`/v2/apps/${app.id}`)],
  ])("%s, is not sent, and nothing is recorded", async (_, happen) => {
    expect(await sentAfter(happen)).toEqual({ requests: [], sent: [] });
  });

  test("the integration, fails", async () => {
    const { requests, sent } = await sentAfter(({ app, chat }) =>
      app.api.delete(`/v2/apps/${app.id}/integrations/${chat.bot.id}`),
    );
    expect(requests).toEqual([]);
    expect(sent).toMatchObject([{ outcome: { kind: "failed", failure: { reason: "unreachable" } } }]);
  });
});

describe("what became of a message", () => {
  /** Sends a message by WhatsApp, which reports on it. */
  async function sentByWhatsapp(before: (app: TestApp, integrationId: string) => Promise<unknown> = async () => {}) {
    const app = await server.newApp();
    const { user, conversationId } = await newPersonal(app);
    const account = await linkToWhatsapp(app, user.id, conversationId);
    const externalId = unique("wamid");
    provider.answer({ body: JSON.stringify({ messages: [{ id: externalId }] }) });
    const { salt } = (await getItem(db, appKey(app.id))) ?? {};
    const address = receiptAddress(salt, account.id, externalId);
    await before(app, address);
    const messageId = await say(app, conversationId, "Hello");
    expect(await work()).toMatchObject([{ done: true }]);
    const receipt = () => getItem(db, receiptKey(app.id, address));
    return { app, user, conversationId, messageId, receipt, sent: () => sentIn(app, conversationId) };
  }

  test("is found by the provider's id of it, where the provider reports", async () => {
    const { conversationId, messageId, receipt, sent } = await sentByWhatsapp();
    const item = await receipt();
    expect(item && readReceiptRecord(item)).toMatchObject({ kind: "sent", conversationId, messageId });
    expect(await sent()).toMatchObject([{ outcome: { kind: "accepted", isFinal: false }, report: undefined }]);
  });

  test("takes up a report that came before it was recorded", async () => {
    const report = { state: "read", at: "2026-11-29T12:00:00.000Z" } as const;
    const { receipt, sent } = await sentByWhatsapp((app, address) =>
      putItem(db, waitingReceiptItem(app.id, address, report, new Date())),
    );
    const item = await receipt();
    expect(item && readReceiptRecord(item)).toMatchObject({ kind: "sent" });
    expect(await sent()).toMatchObject([{ outcome: { kind: "accepted" }, report }]);
  });

  test.each<[string, (at: Awaited<ReturnType<typeof sentByWhatsapp>>) => Promise<unknown>]>([
    [
      "its message",
      ({ app, conversationId, messageId }) =>
        app.api.delete(`/v2/apps/${app.id}/conversations/${conversationId}/messages/${messageId}`),
    ],
    [
      "all messages",
      ({ app, conversationId }) => app.api.delete(`/v2/apps/${app.id}/conversations/${conversationId}/messages`),
    ],
    ["its user", ({ app, user }) => app.api.delete(`/v2/apps/${app.id}/users/${user.id}`)],
    [
      "its user's personal information",
      ({ app, user }) => app.api.delete(`/v2/apps/${app.id}/users/${user.id}/personalinformation`),
    ],
  ])("is deleted with %s", async (_, remove) => {
    const one = await sentByWhatsapp();
    expect(await remove(one)).toMatchObject({ status: 200 });
    expect([await one.sent(), await one.receipt()]).toEqual([[], undefined]);
  });
});

describe("a message to a user who is merged into another before it is sent", () => {
  test("goes to the person nevertheless, once, and what became of it stands beside it where it is now", async () => {
    const app = await server.newApp();
    const number = `1514555${1_000 + uniqueNumber()}`;
    const account = await connect(app, "whatsapp", { accessToken: "graph-token" });
    const chat = await newChat(app, account, number);
    const survivor = await newPersonal(app);
    await say(app, chat.conversationId, "Sent before");
    const requests = takeAll();
    await work();
    await say(app, chat.conversationId, "Sent after");
    await publishTasks();
    // A link of the survivor to the person's identity makes the two users one.
    const linked = await app.api.post(`/v2/apps/${app.id}/users/${survivor.user.id}/clients`, {
      matchCriteria: { type: "whatsapp", integrationId: account.id, phoneNumber: `+${number}`, primary: true },
      confirmation: { type: "immediate" },
      target: { conversationId: survivor.conversationId },
    });
    expect(linked.status).toBe(201);
    expect(await work()).toMatchObject([{ done: true }]);
    expect(requests().map(({ body }): unknown => JSON.parse(body).text.body)).toEqual(["Sent before", "Sent after"]);
    await app.api.get(`/v2/apps/${app.id}/conversations/${survivor.conversationId}/messages`);
    expect(await sentIn(app, survivor.conversationId)).toMatchObject([
      { outcome: { kind: "accepted" } },
      { outcome: { kind: "accepted" }, destination: { userId: survivor.user.id } },
    ]);
    expect(await sentIn(app, chat.conversationId)).toEqual([]);
  });

  test("goes to the person also if it is published when all of its conversation has moved", async () => {
    const app = await server.newApp();
    const number = `1514555${1_000 + uniqueNumber()}`;
    const account = await connect(app, "whatsapp", { accessToken: "graph-token" });
    const chat = await newChat(app, account, number);
    const survivor = await newPersonal(app);
    await publishTasks();
    const requests = takeAll();
    await say(app, chat.conversationId, "Told late");
    const linked = await app.api.post(`/v2/apps/${app.id}/users/${survivor.user.id}/clients`, {
      matchCriteria: { type: "whatsapp", integrationId: account.id, phoneNumber: `+${number}`, primary: true },
      confirmation: { type: "immediate" },
      target: { conversationId: survivor.conversationId },
    });
    expect(linked.status).toBe(201);
    // Read, the surviving conversation takes over what is left to move.
    await app.api.get(`/v2/apps/${app.id}/conversations/${survivor.conversationId}/messages`);
    await publishTasks();
    await work();
    expect(requests().map(({ body }): unknown => JSON.parse(body).text.body)).toEqual(["Told late"]);
  });
});
