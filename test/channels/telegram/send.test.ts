import { describe, expect, test } from "vitest";
import { receive } from "../../../lib/channels/telegram/receive.ts";
import { sample } from "../../../lib/channels/telegram/sample.ts";
import { send } from "../../../lib/channels/telegram/send.ts";
import type { Action } from "../../../lib/model/content/action.ts";
import type { Content } from "../../../lib/model/message.ts";
import { recordOf } from "../../../lib/model/values/providerValue.ts";
import { channelRequest } from "../examples.ts";
import { answerOf, expectTotal, outgoing, readRequest, targetOf } from "../outgoing.ts";

const token = "123456:ABC-DEF1234ghIkl-zyx57W2v1u123ew11";
const target = targetOf({ token, secretToken: "tg-Secret_01" }, "1111111");
const api = `https://api.telegram.org/bot${token}`;
const json = { "content-type": "application/json" };

const calls = (content: Content, more = {}) =>
  send
    .write(outgoing(content, more), target)
    .map(readRequest)
    .map(({ url, body }) => [url.split("/").at(-1), body]);
const buttonsIn = (markup: unknown) => [recordOf(markup).inline_keyboard ?? []].flat(3).map(recordOf);
const link: Action = { type: "link", text: "Go", uri: "https://a.example/x" };
const postback: Action = { type: "postback", text: "Pick", payload: "pick:1" };

/** Bodies as grammy 1.46.0 sends them for the same messages. */
describe("the requests are those of grammY 1.46.0", () => {
  test("a text with buttons that answers a message", () => {
    const content: Content = { type: "text", text: "Grüße 🐙", actions: [link, postback] };
    expect(send.write(outgoing(content, { quotedExternalId: "7" }), target)).toEqual([
      {
        method: "POST",
        url: `${api}/sendMessage`,
        headers: json,
        body: '{"chat_id":1111111,"text":"Grüße 🐙","reply_markup":{"inline_keyboard":[[{"text":"Go","url":"https://a.example/x"}],[{"text":"Pick","callback_data":"pick:1"}]]},"reply_parameters":{"message_id":7,"allow_sending_without_reply":true}}',
      },
    ]);
  });

  test("a picture, a place, typing, the check and the registration", () => {
    expect(calls({ type: "image", mediaUrl: "https://a.example/a.png", text: "A picture" })).toEqual([
      ["sendPhoto", { chat_id: 1111111, photo: "https://a.example/a.png", caption: "A picture" }],
    ]);
    const place: Content = {
      type: "location",
      coordinates: { lat: 1.5, long: -2.25 },
      location: { name: "Café", address: "1 Street" },
    };
    expect(calls(place)).toEqual([
      ["sendVenue", { chat_id: 1111111, latitude: 1.5, longitude: -2.25, title: "Café", address: "1 Street" }],
    ]);
    expect(send.typing("typing:start", target)?.body).toBe('{"chat_id":1111111,"action":"typing"}');
    expect(send.check({ token })).toEqual({ method: "POST", url: `${api}/getMe`, headers: json, body: "{}" });
    expect(send.register(target.credentials, "https://b.example/hook").map(readRequest)).toMatchObject([
      {
        url: `${api}/setWebhook`,
        body: {
          url: "https://b.example/hook",
          secret_token: "tg-Secret_01",
          allowed_updates: ["message", "callback_query", "my_chat_member"],
        },
      },
    ]);
  });
});

describe("what a person sees", () => {
  test("a long text is several messages: the first answers, the last has the buttons", () => {
    const sent = calls({ type: "text", text: "word ".repeat(1500), actions: [link] }, { quotedExternalId: "7" });
    expect(sent.map(([method]) => method)).toEqual(["sendMessage", "sendMessage"]);
    expect(sent.map(([, body]) => Object.keys(recordOf(body)))).toEqual([
      ["chat_id", "text", "reply_parameters"],
      ["chat_id", "text", "reply_markup"],
    ]);
  });

  test("a button that Telegram refuses is a line of the text", () => {
    const actions: readonly Action[] = [
      { type: "link", text: "App", uri: "myapp://open" },
      { type: "postback", text: "Long", payload: "p".repeat(65) },
      { type: "buy", text: "Buy", amount: 500, currency: "eur" },
      { type: "webview", text: "See", uri: "https://a.example/v", fallback: "https://a.example/f" },
    ];
    expect(calls({ type: "text", text: "Hi", actions })).toEqual([
      [
        "sendMessage",
        {
          chat_id: 1111111,
          text: "Hi\nApp myapp://open\nLong\nBuy (5.00 EUR)",
          reply_markup: { inline_keyboard: [[{ text: "See", url: "https://a.example/f" }]] },
        },
      ],
    ]);
  });

  test("who asks for a place gets the keyboard that can ask for it, and replies stand there as texts", () => {
    const actions: readonly Action[] = [
      { type: "locationRequest", text: "Here I am" },
      { type: "reply", text: "No", payload: "no" },
      link,
    ];
    expect(calls({ type: "text", text: "Where?", actions })).toEqual([
      [
        "sendMessage",
        {
          chat_id: 1111111,
          text: "Where?\nGo https://a.example/x",
          reply_markup: {
            keyboard: [[{ text: "Here I am", request_location: true }], [{ text: "No" }]],
            resize_keyboard: true,
            one_time_keyboard: true,
          },
        },
      ],
    ]);
  });

  test.each<[string, Content, string, object]>([
    [
      "a GIF",
      { type: "image", mediaUrl: "https://a.example/a.gif" },
      "sendAnimation",
      { animation: "https://a.example/a.gif" },
    ],
    [
      "a PDF",
      { type: "file", mediaUrl: "https://a.example/a", mediaType: "application/pdf; x=1" },
      "sendDocument",
      { document: "https://a.example/a" },
    ],
    ["a film", { type: "file", mediaUrl: "https://a.example/a.mp4", text: "See" }, "sendVideo", { caption: "See" }],
    ["a song", { type: "file", mediaUrl: "https://a.example/a.mp3" }, "sendAudio", {}],
    [
      "another file",
      { type: "file", mediaUrl: "https://a.example/a.docx", text: "Read" },
      "sendMessage",
      { text: "Read\nhttps://a.example/a.docx" },
    ],
    [
      "a drawing",
      { type: "image", mediaUrl: "https://a.example/a", mediaType: "image/svg+xml" },
      "sendMessage",
      { text: "https://a.example/a" },
    ],
    ["a place", { type: "location", coordinates: { lat: 1, long: 2 } }, "sendLocation", { latitude: 1, longitude: 2 }],
    [
      "a named place",
      { type: "location", coordinates: { lat: 1, long: 2 }, location: { address: "A" } },
      "sendVenue",
      { title: "A", address: "A" },
    ],
    [
      "a form",
      { type: "form", text: "Please", fields: [{ type: "email", name: "e", label: "Address" }] },
      "sendMessage",
      { text: "Please\nAddress" },
    ],
    ["a template", { type: "template", template: { name: "hello" } }, "sendMessage", { text: "hello" }],
  ])("%s", (_, content, method, body) => {
    expect(calls(content)).toMatchObject([[method, body]]);
  });

  test("a text that is too long for a caption comes after its picture", () => {
    const sent = calls({ type: "image", mediaUrl: "https://a.example/a.png", text: "x".repeat(1025), actions: [link] });
    expect(sent.map(([method, body]) => [method, Object.keys(recordOf(body))])).toEqual([
      ["sendPhoto", ["chat_id", "photo"]],
      ["sendMessage", ["chat_id", "text", "reply_markup"]],
    ]);
  });

  test("each item of a carousel or a list is a message, the last one with the list's buttons", () => {
    const items = [
      { title: "One", description: "First", mediaUrl: "https://a.example/1.png", actions: [postback] as const },
      { title: "Two", actions: [{ type: "link", text: "Go", uri: "https://a.example/2" }] as const },
    ];
    const sent = calls({ type: "list", items, actions: [{ type: "link", text: "More", uri: "https://a.example/m" }] });
    expect(sent).toMatchObject([
      [
        "sendPhoto",
        {
          photo: "https://a.example/1.png",
          caption: "One\nFirst",
          reply_markup: { inline_keyboard: [[{ text: "Pick" }]] },
        },
      ],
      ["sendMessage", { text: "Two", reply_markup: { inline_keyboard: [[{ text: "Go" }], [{ text: "More" }]] } }],
    ]);
    expect(calls({ type: "carousel", items })).toHaveLength(2);
  });

  test("any content becomes calls within the limits, and any answer is read", () => {
    expectTotal(send, target, ({ url, body = "" }) => {
      const { text, caption, reply_markup } = recordOf(JSON.parse(body));
      if (/sendMessage$/.test(url)) expect(String(text).trim()).not.toBe("");
      expect(String(text).length).toBeLessThanOrEqual(4096);
      expect(String(caption).length).toBeLessThanOrEqual(1024);
      for (const button of buttonsIn(reply_markup)) {
        expect(button.text).not.toBe("");
        expect(Buffer.byteLength(String(button.callback_data))).toBeLessThanOrEqual(64);
      }
    });
  });

  test("a token of any characters stays one part of the path", () => {
    expect(send.check({ token: "../x?y#z" }).url).toBe("https://api.telegram.org/bot..%2Fx%3Fy%23z/getMe");
    expect(send.write(outgoing({ type: "text", text: "x" }), targetOf({}, "@name"))[0]?.body).toContain('"@name"');
  });
});

describe("an answer", () => {
  const failed = (error_code: number, description: string, more = {}) =>
    send.read(answerOf(error_code, { ok: false, error_code, description, ...more }));

  test("a message that was taken has its id", () => {
    expect(send.read(answerOf(200, { ok: true, result: { message_id: 365 } }))).toEqual({
      kind: "accepted",
      externalIds: ["365"],
    });
    expect(send.read(answerOf(200, { ok: true, result: true }))).toEqual({ kind: "accepted", externalIds: [] });
  });

  test.each([
    [400, "Bad Request: chat not found", "unreachable"],
    [400, "Bad Request: PEER_ID_INVALID", "unreachable"],
    [403, "Forbidden: user is deactivated", "unreachable"],
    [403, "Forbidden: bot was blocked by the user", "notPermitted"],
    [403, "Forbidden: bot can't initiate conversation with a user", "notPermitted"],
    [401, "Unauthorized", "wrongCredentials"],
    [404, "Not Found", "wrongCredentials"],
    [400, "Bad Request: wrong type of the web page content", "refused"],
    [413, "Request Entity Too Large", "refused"],
  ])("%i %s is %s", (code, description, reason) => {
    expect(failed(code, description)).toEqual({ kind: "refused", failure: { reason, message: description } });
  });

  test("what passes is tried later, after the wait that Telegram asks for", () => {
    expect(failed(429, "Too Many Requests: retry after 35", { parameters: { retry_after: 35 } })).toMatchObject({
      kind: "later",
      seconds: 35,
    });
    expect(failed(502, "Bad Gateway").kind).toBe("later");
    expect(send.read(answerOf(504, "<html>", { "retry-after": "9" }))).toMatchObject({ kind: "later", seconds: 9 });
    expect(send.read(answerOf(200, "<html>")).kind).toBe("later");
  });

  test("the check tells the bot's name and id", () => {
    expect(send.learned(answerOf(200, { ok: true, result: { id: 42, username: "sample_bot" } }))).toEqual({
      botId: "42",
      username: "sample_bot",
    });
    expect(send.learned(answerOf(401, "x"))).toEqual({});
  });
});

test("a reply comes back as a message with its payload, a postback as itself", () => {
  const actions: readonly Action[] = [{ type: "reply", text: "Yes", payload: "tea:1" }, postback];
  const [request] = send.write(outgoing({ type: "text", text: "Tea?", actions }), target).map(readRequest);
  const markup = recordOf(request?.body?.reply_markup);
  const press = (data: string) =>
    receive.parse(
      channelRequest({
        body: JSON.stringify({
          update_id: 1,
          callback_query: {
            id: "1",
            from: { id: 1111111 },
            message: { chat: { id: 1111111, type: "private" }, reply_markup: markup },
            data,
          },
        }),
      }),
    ).events;
  const [reply, other] = Object.values(markup)
    .flat(2)
    .map((button) => String(recordOf(button).callback_data));
  expect(press(reply ?? "")).toMatchObject([
    { kind: "message", content: { type: "text", text: "Yes", payload: "tea:1" } },
  ]);
  expect(press(other ?? "")).toMatchObject([{ kind: "postback", payload: "pick:1" }]);
});

test("a press is answered in the answer to its delivery, so that the app waits no longer", () => {
  const acknowledge = (body: string) => receive.acknowledge(channelRequest({ body }));
  expect(acknowledge('{"callback_query":{"id":"4382"}}')).toEqual({
    status: 200,
    headers: { "content-type": "application/json" },
    body: '{"method":"answerCallbackQuery","callback_query_id":"4382"}',
  });
  for (const body of ['{"message":{}}', '{"callback_query":{"id":{"method":"x"}}}', "[]", "no JSON"])
    expect(acknowledge(body)).toBeUndefined();
});

describe("the sample's provider", () => {
  test("it answers each call well, and shows whom a message is for", () => {
    const [text] = send.write(outgoing({ type: "text", text: "Hi" }), target);
    const [photo] = send.write(outgoing({ type: "image", mediaUrl: "https://a.example/a.png", text: "See" }), target);
    if (text === undefined || photo === undefined) throw new Error("no request");
    expect(send.read(sample.answer?.(text, "365") ?? answerOf(500, ""))).toEqual({
      kind: "accepted",
      externalIds: ["365"],
    });
    expect(sample.readSent?.(text)).toEqual({ personId: "1111111", text: "Hi" });
    expect(sample.readSent?.(photo)).toEqual({ personId: "1111111", text: "See\nhttps://a.example/a.png" });
    const check = send.check({ token });
    expect(sample.readSent?.(check)).toBeUndefined();
    expect(send.learned(sample.answer?.(check, "1") ?? answerOf(500, ""))).toMatchObject({ username: "sample_bot" });
  });
});
