import { describe, expect, test } from "vitest";
import { receive } from "../../../lib/channels/line/receive.ts";
import { sample } from "../../../lib/channels/line/sample.ts";
import { send } from "../../../lib/channels/line/send.ts";
import type { Action } from "../../../lib/model/content/action.ts";
import type { Content } from "../../../lib/model/message.ts";
import { recordOf } from "../../../lib/model/values/providerValue.ts";
import { channelRequest } from "../examples.ts";
import { answerOf, expectTotal, key, outgoing, readRequest, targetOf } from "../outgoing.ts";

const person = "U206d25c2ea6bd87c17655609a1c37cb8";
const target = targetOf({ channelAccessToken: "token-1" }, person);
const headers = { "content-type": "application/json", authorization: "Bearer token-1" };

const messages = (content: Content, more = {}): readonly unknown[] =>
  send.write(outgoing(content, more), target, key).flatMap((request) => [readRequest(request).body?.messages].flat());
const yes: Action = { type: "reply", text: "Yes", payload: "tea:1" };
const link: Action = { type: "link", text: "Go", uri: "https://a.example/x" };

describe("the requests are those of @line/bot-sdk 11.2.0", () => {
  test("a text, and a picture with its text, each push under a key", () => {
    expect(send.write(outgoing({ type: "text", text: "Grüße 🐙" }), target, key)).toEqual([
      {
        method: "POST",
        url: "https://api.line.me/v2/bot/message/push",
        headers: { ...headers, "x-line-retry-key": key(0) },
        body: '{"to":"U206d25c2ea6bd87c17655609a1c37cb8","messages":[{"type":"text","text":"Grüße 🐙"}]}',
      },
    ]);
    const image: Content = { type: "image", mediaUrl: "https://a.example/a.png", text: "A picture" };
    expect(send.write(outgoing(image), target, key).map(({ body }) => body)).toEqual([
      '{"to":"U206d25c2ea6bd87c17655609a1c37cb8","messages":[{"type":"image","originalContentUrl":"https://a.example/a.png","previewImageUrl":"https://a.example/a.png"},{"type":"text","text":"A picture"}]}',
    ]);
  });

  test("typing, the check and the registration", () => {
    expect(send.typing("typing:start", target)).toEqual({
      method: "POST",
      url: "https://api.line.me/v2/bot/chat/loading/start",
      headers,
      body: '{"chatId":"U206d25c2ea6bd87c17655609a1c37cb8","loadingSeconds":20}',
    });
    expect(send.typing("typing:stop", target)).toBeUndefined();
    expect(send.check(target.credentials)).toEqual({
      method: "GET",
      url: "https://api.line.me/v2/bot/info",
      headers: { authorization: "Bearer token-1" },
    });
    expect(send.register(target.credentials, "https://b.example/hook")).toEqual([
      {
        method: "PUT",
        url: "https://api.line.me/v2/bot/channel/webhook/endpoint",
        headers,
        body: '{"endpoint":"https://b.example/hook"}',
      },
    ]);
  });
});

test("messages are read up to the latest one, if its token was kept", () => {
  const latest = { externalId: "1", received: "2026-11-24T08:00:00.000Z" };
  expect(send.markRead(target, latest)).toBeUndefined();
  expect(send.markRead(target, undefined)).toBeUndefined();
  expect(send.markRead(target, { ...latest, raw: { type: "image", markAsReadToken: "m" } })).toMatchObject({
    url: "https://api.line.me/v2/bot/chat/markAsRead",
    body: '{"markAsReadToken":"m"}',
  });
});

describe("what a person sees", () => {
  test("replies stand above the keyboard, at most thirteen, the rest as lines", () => {
    const actions: readonly Action[] = [
      ...Array.from({ length: 13 }, () => yes),
      { type: "reply", text: "No", payload: "tea:0" },
    ];
    const [text] = messages({ type: "text", text: "Tea?", actions }).map(recordOf);
    expect(text?.text).toBe("Tea?\nNo");
    expect(recordOf(text?.quickReply).items).toHaveLength(13);
    expect([recordOf(text?.quickReply).items].flat()[0]).toEqual({
      type: "action",
      action: { type: "postback", label: "Yes", data: '↩["Yes","tea:1"]', displayText: "Yes" },
    });
  });

  test("a reply with an icon, one whose payload is too long to come back, and who asks for a place", () => {
    const actions: readonly Action[] = [
      { ...yes, text: "Yes, I would like some tea", iconUrl: "https://a.example/i.png" },
      { ...yes, payload: "p".repeat(300) },
      { type: "locationRequest", text: "Here I am" },
    ];
    expect(messages({ type: "text", text: "Tea?", actions })).toMatchObject([
      {
        quickReply: {
          items: [
            {
              imageUrl: "https://a.example/i.png",
              action: { label: "Yes, I would like s…", displayText: actions[0]?.text },
            },
            { action: { type: "message", label: "Yes", text: "Yes" } },
            { action: { type: "location", label: "Here I am" } },
          ],
        },
      },
    ]);
  });

  test("other buttons stand below the text, and those that LINE refuses are its lines", () => {
    const actions: readonly Action[] = [
      link,
      { type: "postback", text: "Pick", payload: "pick:1" },
      { type: "link", text: "App", uri: "myapp://open" },
      { type: "buy", text: "Buy", amount: 500, currency: "eur" },
    ];
    expect(messages({ type: "text", text: "Hi", actions })).toEqual([
      {
        type: "flex",
        altText: "Hi\nApp myapp://open\nBuy (5.00 EUR)",
        contents: {
          type: "bubble",
          body: {
            type: "box",
            layout: "vertical",
            spacing: "sm",
            contents: [{ type: "text", text: "Hi\nApp myapp://open\nBuy (5.00 EUR)", wrap: true }],
          },
          footer: {
            type: "box",
            layout: "vertical",
            spacing: "sm",
            contents: [
              { type: "button", action: { type: "uri", label: "Go", uri: "https://a.example/x" } },
              { type: "button", action: { type: "postback", label: "Pick", data: "pick:1" } },
            ],
          },
        },
      },
    ]);
  });

  test("a long text comes before its buttons", () => {
    expect(messages({ type: "text", text: "x".repeat(1001), actions: [link] })).toMatchObject([
      { type: "text" },
      { type: "flex", contents: { footer: {} } },
    ]);
  });

  test.each<[string, Content, object]>([
    [
      "a file",
      { type: "file", mediaUrl: "https://a.example/a.pdf", text: "Read" },
      { type: "text", text: "Read\nhttps://a.example/a.pdf" },
    ],
    [
      "a picture without TLS",
      { type: "image", mediaUrl: "http://a.example/a.png" },
      { type: "text", text: "http://a.example/a.png" },
    ],
    [
      "a GIF",
      { type: "image", mediaUrl: "https://a.example/a.gif" },
      { type: "text", text: "https://a.example/a.gif" },
    ],
    [
      "a place",
      { type: "location", coordinates: { lat: 1, long: 2 } },
      { type: "location", title: "Location", address: "1, 2", latitude: 1, longitude: 2 },
    ],
    [
      "a named place",
      { type: "location", coordinates: { lat: 1, long: 2 }, location: { name: "Café" } },
      { title: "Café", address: "Café" },
    ],
    [
      "a form",
      { type: "form", fields: [{ type: "email", name: "e", label: "Address" }] },
      { type: "text", text: "Address" },
    ],
    ["nothing", { type: "text", text: "" }, { type: "text", text: "…" }],
  ])("%s", (_, content, expected) => {
    expect(messages(content)).toMatchObject([expected]);
  });

  test("the items of a list stand side by side, its own buttons last", () => {
    const items = [
      { title: "One", description: "First", mediaUrl: "https://a.example/1.png", actions: [link] as const },
      { title: "Two", actions: [{ type: "buy", text: "Buy", amount: 100 }] as const },
    ];
    const [list] = messages({ type: "list", items, actions: [{ ...link, text: "More" }] });
    expect(list).toMatchObject({
      type: "flex",
      altText: "One\nFirst\nGo https://a.example/x\n\nTwo\nBuy\n\nMore https://a.example/x",
      contents: {
        type: "carousel",
        contents: [
          { hero: { url: "https://a.example/1.png", aspectRatio: "20:13" }, footer: {} },
          { body: { contents: [{ text: "Two", weight: "bold" }, { text: "Buy (1.00 USD)" }] } },
          { footer: { contents: [{ action: { label: "More" } }] } },
        ],
      },
    });
    const square: Content = { type: "carousel", items, displaySettings: { imageAspectRatio: "square" } };
    expect(messages(square)).toMatchObject([{ contents: { contents: [{ hero: { aspectRatio: "1:1" } }, {}] } }]);
  });

  test("the business's own payload goes out as it is, one message or several", () => {
    const flex = { type: "flex", altText: "x", contents: { type: "bubble" } };
    expect(messages({ type: "text", text: "x" }, { override: flex })).toEqual([flex]);
    expect(messages({ type: "text", text: "x" }, { override: { messages: [flex, flex] } })).toEqual([flex, flex]);
  });

  test("a push has five messages at most, each push its own key", () => {
    const override = { messages: Array.from({ length: 6 }, () => ({ type: "text", text: "x" })) };
    const sent = send.write(outgoing({ type: "text", text: "x" }, { override }), target, key);
    expect(sent.map((request) => [readRequest(request).body?.messages].flat().length)).toEqual([5, 1]);
    expect(sent.map((request) => request.headers["x-line-retry-key"])).toEqual([key(0), key(1)]);
  });

  test("any content becomes pushes within the limits, and any answer is read", () => {
    expectTotal(send, target, ({ body = "" }) => {
      const parsed: unknown = JSON.parse(body, (name, value: unknown) => {
        const size = sizes[name];
        if (size === undefined || typeof value !== "string") return value;
        expect(value.trim()).not.toBe("");
        expect(value.length).toBeLessThanOrEqual(size);
        return value;
      });
      expect([recordOf(parsed).messages].flat().length).toBeLessThanOrEqual(5);
      for (const { contents } of [recordOf(parsed).messages].flat().map(recordOf))
        expect(Buffer.byteLength(JSON.stringify(contents ?? ""))).toBeLessThanOrEqual(50_000);
    });
  });
});

const sizes: Readonly<Record<string, number>> = {
  text: 5000,
  altText: 400,
  label: 40,
  data: 300,
  uri: 1000,
  displayText: 300,
  title: 100,
  address: 100,
  url: 2000,
};

describe("an answer", () => {
  test("a push that was taken has its messages' ids, also if it was taken before", () => {
    const sentMessages = [{ id: "461230966842064897", quoteToken: "x" }, { id: "461230966842064898" }];
    const ids = ["461230966842064897", "461230966842064898"];
    expect(send.read(answerOf(200, { sentMessages }))).toEqual({ kind: "accepted", externalIds: ids });
    expect(send.read(answerOf(409, { message: "The retry key is already accepted", sentMessages }))).toEqual({
      kind: "accepted",
      externalIds: ids,
    });
    expect(send.read(answerOf(202, {}))).toEqual({ kind: "accepted", externalIds: [] });
  });

  test.each([
    [400, { message: "Failed to send messages" }, "unreachable", "Failed to send messages"],
    [
      400,
      { message: "The property, 'to', in the request body is invalid (line: -, column: -)" },
      "unreachable",
      undefined,
    ],
    [
      400,
      {
        message: "A message (messages[0]) in the request body is invalid",
        details: [{ message: "May not be empty", property: "messages[0].text" }],
      },
      "refused",
      "A message (messages[0]) in the request body is invalid; messages[0].text: May not be empty",
    ],
    [401, { message: "Authentication failed" }, "wrongCredentials", "Authentication failed"],
    [403, { message: "Access to this API is not available for your account" }, "notPermitted", undefined],
    [429, { message: "You have reached your monthly limit." }, "notPermitted", undefined],
  ])("%i %j is %s", (status, body, reason, message) => {
    const result = send.read(answerOf(status, body));
    expect(result).toMatchObject({ kind: "refused", failure: { reason } });
    if (message !== undefined) expect(result).toMatchObject({ failure: { message } });
  });

  test("what passes is tried later", () => {
    expect(send.read(answerOf(429, { message: "The API rate limit has been exceeded. Try again later." })).kind).toBe(
      "later",
    );
    expect(send.read(answerOf(500, { message: "x" }, { "retry-after": "7" }))).toMatchObject({
      kind: "later",
      seconds: 7,
    });
    expect(send.read(answerOf(200, "<html>")).kind).toBe("later");
  });

  test("the check tells the account's id", () => {
    expect(send.learned(answerOf(200, { basicId: "@104fb8" }))).toEqual({ lineId: "@104fb8" });
    expect(send.learned(answerOf(401, {}))).toEqual({});
  });
});

test("what is too large for LINE is its text", () => {
  const link = (length: number) => ({
    type: "link" as const,
    text: "x",
    uri: `https://a.example/${"x".repeat(length)}`,
  });
  const carousel = (length: number): Content => {
    const mediaUrl = link(length).uri;
    const item = { title: "T", description: "漢".repeat(128), mediaUrl, actions: [link(980), link(980), link(980)] };
    return { type: "carousel", items: Array.from({ length: 10 }, () => item) };
  };
  const typesOf = (content: Content) => [...new Set(messages(content).map((one) => recordOf(one).type))];
  expect(typesOf(carousel(980))).toEqual(["flex"]);
  expect(typesOf(carousel(1980))).toEqual(["text"]);
  expect(typesOf({ type: "text", text: "x", actions: Array.from({ length: 40 }, () => link(980)) })).toEqual(["text"]);
});

test("a reply comes back as a message with its payload", () => {
  const [text] = messages({ type: "text", text: "Tea?", actions: [yes] }).map(recordOf);
  const [item] = [recordOf(text?.quickReply).items].flat().map(recordOf);
  const { data } = recordOf(item?.action);
  const press = (value: unknown) =>
    receive.parse(
      channelRequest({
        body: JSON.stringify({
          events: [
            {
              type: "postback",
              source: { type: "user", userId: person },
              webhookEventId: "1",
              postback: { data: value },
            },
          ],
        }),
      }),
    ).events;
  expect(press(data)).toMatchObject([{ kind: "message", content: { type: "text", text: "Yes", payload: "tea:1" } }]);
  expect(press("↩not JSON")).toMatchObject([{ kind: "postback", payload: "↩not JSON" }]);
});

test("the sample's provider answers each call well, and shows whom a message is for", () => {
  const [push] = send.write(outgoing({ type: "image", mediaUrl: "https://a.example/a.png", text: "See" }), target, key);
  if (push === undefined) throw new Error("no request");
  expect(send.read(sample.answer?.(push, "365") ?? answerOf(500, ""))).toMatchObject({
    externalIds: ["365", expect.stringMatching(/^\d+$/)],
  });
  expect(sample.readSent?.(push)).toEqual({ personId: person, text: "https://a.example/a.png\nSee" });
  const check = send.check(target.credentials);
  expect(sample.readSent?.(check)).toBeUndefined();
  expect(send.learned(sample.answer?.(check, "1") ?? answerOf(500, ""))).toEqual({ lineId: "@104fb8" });
});
