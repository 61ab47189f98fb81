import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { channelTypes } from "../../lib/model/channel.ts";
import type { QueuedDelivery } from "../../lib/model/events/webhookDelivery.ts";
import { say } from "../support/business.ts";
import {
  answerWell,
  type ChannelChat,
  connectSending,
  newChannelChat,
  sendingAccounts,
  sentBy,
} from "../support/sendingChannels.ts";
import type { Reaction, ReceivedRequest } from "../support/startReceiver.ts";
import { startSendingServer } from "../support/startSendingServer.ts";
import type { TestApp } from "../support/startTestServer.ts";
import { newWebhook } from "../support/startToldServer.ts";
import { uniqueNumber } from "../support/unique.ts";

/**
 * What every channel is held to: each type of content goes out as valid requests to the person, by the account's
 * credentials, and whatever the provider answers has its event, and a further attempt where one may help.
 */

const sending = await startSendingServer();
const { server, provider, publish, publishTasks, work, sentIn } = sending;
beforeEach(() => provider.answer((request) => answerWell(request, String(8e15 + uniqueNumber()))));

const triggers = ["channel", "user", "failure"].map((end) => `conversation:message:delivery:${end}`);

/** An app that hears what becomes of messages. */
async function newHearing(): Promise<TestApp> {
  const app = await server.newApp();
  await newWebhook(app, { triggers: triggers as never });
  return app;
}

/** Outlines the events of an app that were published. */
const told = (deliveries: readonly QueuedDelivery[], app: TestApp): readonly object[] =>
  deliveries
    .filter(({ appId }) => appId === app.id)
    .map(({ event: { type, payload } }) => {
      const { error, isFinalEvent, destination } = JSON.parse(JSON.stringify(payload));
      return { type: type.split(":").at(-1), code: error?.code, isFinalEvent, to: destination?.type };
    });

/** Checks that requests are the channel's, by the account's credentials, and for the person. */
function expectValid(requests: readonly ReceivedRequest[], { type, fields, personId }: ChannelChat): void {
  const { path, headers = {} } = sendingAccounts[type].proof(fields);
  expect(requests.length).toBeGreaterThan(0);
  for (const request of requests) {
    expect(request).toMatchObject({ method: "POST", headers });
    expect(request.path.startsWith(`/${type}${path}`)).toBe(true);
    expect(sentBy(request)?.personId).toBe(personId);
    expect(request.body).not.toMatch(/undefined|\[object|NaN/);
    if (request.headers["content-type"] === "application/json") expect(JSON.parse(request.body)).toBeTypeOf("object");
    else expect(request.headers["content-type"]).toBe("application/x-www-form-urlencoded");
  }
}

/** Posts a message, with its content or with more. */
async function post(app: TestApp, { conversationId }: ChannelChat, fields: object): Promise<string> {
  const { status, body, text } = await app.api.post<{ messages: [{ id: string }] }>(
    `/v2/apps/${app.id}/conversations/${conversationId}/messages`,
    { author: { type: "business", displayName: "Ann of Sunroom" }, ...fields },
  );
  if (status !== 201) throw new Error(text);
  return body.messages[0].id;
}

const link = { type: "link", text: "Read more", uri: "https://example.org/tea?a=1&b=2" };
const postback = { type: "postback", text: "Order tea", payload: "TEA" };
const reply = { type: "reply", text: "Yes, please", payload: "YES" };
const buy = { type: "buy", text: "Buy now", amount: 900, currency: "eur" };
const webview = { type: "webview", text: "Choose", uri: "https://example.org/w", fallback: "https://example.org/f" };
const locationRequest = { type: "locationRequest", text: "Where are you?" };
const tea = { title: "Green tea", description: "From Japan", mediaUrl: "https://example.org/tea.png" };
const items = [
  { ...tea, actions: [link, postback] },
  { title: "Coffee", actions: [buy, webview] },
];

/** Contents of every type that a business can send, with words that a person must see of each. */
const contents: readonly [name: string, fields: object, words: readonly string[]][] = [
  ["text", { content: { type: "text", text: 'Tea & "more" <b>🍵' } }, ['Tea & "more" <b>🍵']],
  ["text in HTML", { content: { type: "text", htmlText: "<p>All <b>good</b></p>" } }, ["All good"]],
  ["text in Markdown", { content: { type: "text", markdownText: "**All** good" } }, ["All good"]],
  ["a long text", { content: { type: "text", text: `${"word ".repeat(810)}end` } }, ["word word", "end"]],
  ["replies", { content: { type: "text", text: "Tea?", actions: [reply, { ...reply, text: "No" }] } }, ["Tea?"]],
  ["buttons", { content: { type: "text", text: "Tea?", actions: [link, postback, buy, webview] } }, ["Tea?"]],
  ["buttons alone", { content: { type: "text", actions: [link] } }, []],
  ["a question for a place", { content: { type: "text", text: "Hey", actions: [locationRequest] } }, ["Hey"]],
  ["image", { content: { type: "image", mediaUrl: "https://example.org/cat.png", text: "A cat" } }, ["A cat"]],
  ["file", { content: { type: "file", mediaUrl: "https://example.org/a.pdf", text: "A bill" } }, ["A bill"]],
  ["location", { content: { type: "location", coordinates: { lat: 1.5, long: 2.25 } } }, []],
  ["carousel", { content: { type: "carousel", items } }, ["Green tea", "Coffee"]],
  ["list", { content: { type: "list", items, actions: [postback] } }, ["Green tea", "Coffee"]],
  ["form", { content: { type: "form", fields: [{ type: "email", name: "mail", label: "Your e-mail" }] } }, []],
  ["template", { content: { type: "template", template: { name: "hello_world" } }, schema: "whatsapp" }, []],
];

/** What passes, so that the message is sent again. */
const passing: readonly [name: string, reaction: Reaction][] = [
  ["a connection that breaks", "reset"],
  ["an answer that breaks off", "cut"],
  ["a 500", 500],
  ["a 503 with a page of HTML", { status: 503, body: "<html>Service unavailable</html>" }],
  ["a 429 without a wait", { status: 429, body: "{}" }],
  ["a 200 with garbage", { status: 200, body: "<html>Please log in to the network</html>" }],
  ["an empty 200", 200],
  ["a 200 with something else", { status: 200, body: "[1, null]" }],
  ["a 200 of megabytes", { status: 200, body: `{"a":"${"x".repeat(3_000_000)}"}` }],
  ["a 200 without an end", "endless"],
  ["a redirect", { status: 302, headers: { location: "https://attacker.example/" } }],
];

const final: readonly [name: string, status: number, codes: Readonly<Record<string, string>>][] = [
  ["401", 401, { all: "unauthorized" }],
  ["403", 403, { all: "forbidden" }],
  // Mailgun's address has the domain of the account in it, not the person.
  ["404", 404, { all: "not_found", mailgun: "unauthorized" }],
  ["400 with garbage", 400, { all: "uncategorized_error" }],
];

describe.each(channelTypes)("on %s", (type) => {
  let app: TestApp;
  let chat: ChannelChat;
  beforeAll(async () => {
    app = await newHearing();
    chat = await newChannelChat(server, app, type);
    await publishTasks();
  });

  test("every type of content goes to the person, by the account's credentials, in one order", async () => {
    for (const [name, fields, words] of contents) {
      const before = provider.received.length;
      const messageId = await post(app, chat, fields);
      expect(await work(), name).toMatchObject([{ done: true }]);
      const requests = provider.received.slice(before);
      expectValid(requests, chat);
      const shown = requests.map((request) => sentBy(request)?.text).join("\n");
      for (const word of words) expect(shown, name).toContain(word);
      const [sent] = (await sentIn(app, chat.conversationId)).filter((one) => one.messageId === messageId);
      expect(sent, name).toMatchObject({ outcome: { kind: "accepted" }, answered: requests.length });
      expect(sent?.externalIds.length, name).toBeGreaterThanOrEqual(requests.length);
      expect(told(await publish(), app), name).toMatchObject([{ type: "channel", to: type }]);
    }
  });

  test.each(passing)("%s puts the message off, which is taken then, and told once", async (_, reaction) => {
    await say(app, chat.conversationId, "Are you there?");
    const before = provider.received.length;
    provider.answerOnce(reaction);
    const [first] = await work();
    expect(first?.done).toBe(false);
    expect(first?.held).toBeGreaterThanOrEqual(2);
    expect(first?.held).toBeLessThanOrEqual(3);
    expect(told(await publish(), app)).toEqual([]);
    expect(await work()).toMatchObject([{ done: true }]);
    const requests = provider.received.slice(before);
    expect(requests.map((request) => sentBy(request)?.text)).toEqual(["Are you there?", "Are you there?"]);
    expectValid(requests, chat);
    // A repeated request is the first one to the letter, with the key that some providers know it by.
    expect(requests[1]).toMatchObject({ path: requests[0]?.path, body: requests[0]?.body });
    expect(requests[1]?.headers["x-line-retry-key"]).toBe(requests[0]?.headers["x-line-retry-key"]);
    expect(told(await publish(), app)).toMatchObject([{ type: "channel", to: type }]);
    expect(sending.buried()).toEqual([]);
  });

  test("a 429 with a wait is obeyed: no request is made before it is over", async () => {
    const chat = await newChannelChat(server, app, type);
    await publishTasks();
    await say(app, chat.conversationId, "Later");
    provider.answerOnce({ status: 429, headers: { "retry-after": "7200" }, body: "{}" });
    const before = provider.received.length;
    const [first] = await work();
    expect([first?.done, (first?.held ?? 0) >= 7_200]).toEqual([false, true]);
    expect((await work()).map(({ done }) => done)).toEqual([false]);
    expect(provider.received.length).toBe(before + 1);
    sending.waiting.splice(0);
  });

  test.each(final)("a %s is final: it is told, and the message never sent again", async (_, status, codes) => {
    await say(app, chat.conversationId, "Hello?");
    const before = provider.received.length;
    provider.answerOnce({ status, body: "<html>No.</html>" });
    expect(await work()).toMatchObject([{ done: true }]);
    expect(told(await publish(), app)).toEqual([
      { type: "failure", code: codes[type] ?? codes.all, isFinalEvent: true, to: type },
    ]);
    // The next one is tried by itself.
    await say(app, chat.conversationId, "And now?");
    expect(await work()).toMatchObject([{ done: true }]);
    expect(provider.received.slice(before).map((request) => sentBy(request)?.text)).toEqual(["Hello?", "And now?"]);
  });

  test("a slow answer is waited for", async () => {
    await say(app, chat.conversationId, "Take your time");
    const { promise, resolve } = Promise.withResolvers<void>();
    const before = provider.received.length;
    provider.answer((request) => {
      const well = answerWell(request, String(8e15 + uniqueNumber()));
      return typeof well === "object" ? { ...well, after: promise } : well;
    });
    const done = work();
    await provider.has(before + 1);
    resolve();
    expect(await done).toMatchObject([{ done: true }]);
  });
});

test("what an account must tell first is asked again after garbage, and the message goes out by it then", async () => {
  const app = await newHearing();
  const on = await connectSending(app, "twilio", { messagingServiceSid: "", phoneNumberSid: "PN1" });
  const chat = await newChannelChat(server, app, "twilio", on);
  await say(app, chat.conversationId, "Hello");
  const before = provider.received.length;
  provider.answerOnce({ body: "<html>Please log in</html>" });
  expect(await work()).toMatchObject([{ done: false }]);
  expect(await work()).toMatchObject([{ done: true }]);
  const requests = provider.received.slice(before);
  expect(requests.map(({ method }) => method)).toEqual(["GET", "GET", "POST"]);
  expectValid(requests.slice(2), chat);
  expect(new URLSearchParams(requests[2]?.body).get("From")).toMatch(/^\+\d+$/);
});

test("a provider that does not answer is given up after a while on every channel, and asked again", async () => {
  const app = await newHearing();
  const chats = await Promise.all(channelTypes.map((type) => newChannelChat(server, app, type)));
  await publishTasks();
  for (const { conversationId } of chats) await say(app, conversationId, "Silence");
  await publishTasks();
  provider.answer("hang");
  const handed = await Promise.all([...sending.waiting].map((one) => sending.handOut(one)));
  expect(handed.map(({ done, held = 0 }) => !done && held >= 2)).toEqual(channelTypes.map(() => true));
  provider.answer((request) => answerWell(request, String(8e15 + uniqueNumber())));
  expect((await work()).map(({ done }) => done)).toEqual(channelTypes.map(() => true));
  expect(told(await publish(), app)).toHaveLength(channelTypes.length);
});
