import { describe, expect, test } from "vitest";
import { receive } from "../../../lib/channels/viber/receive.ts";
import { sample } from "../../../lib/channels/viber/sample.ts";
import { send } from "../../../lib/channels/viber/send.ts";
import type { Action } from "../../../lib/model/content/action.ts";
import type { Content } from "../../../lib/model/message.ts";
import { recordOf } from "../../../lib/model/values/providerValue.ts";
import { channelRequest, webhookUrl } from "../examples.ts";
import { answerOf, expectTotal, outgoing, readRequest, targetOf } from "../outgoing.ts";

const target = targetOf({ token: "445da6az1s345z78" }, "01234567890A=");
const headers = { "content-type": "application/json", "x-viber-auth-token": "445da6az1s345z78" };
const common = { receiver: "01234567890A=", min_api_version: 1, sender: { name: "Ada" } };

const bodies = (content: Content, more = {}) =>
  send.write(outgoing(content, more), target).map((request) => recordOf(readRequest(request).body));
const yes: Action = { type: "reply", text: "Yes", payload: "tea:1" };
const pick: Action & { type: "postback" } = { type: "postback", text: "Pick", payload: "pick:1" };
const link: Action & { type: "link" } = { type: "link", text: "Go", uri: "https://a.example/x" };

/** Without the token, which the library also writes into the body, and what it writes where nothing is given. */
describe("the requests are those of viber-bot 1.0.18", () => {
  const author = { displayName: "Ada", avatarUrl: "https://a.example/ada.png" };
  const sender = { name: "Ada", avatar: "https://a.example/ada.png" };

  test.each<[string, Content, object]>([
    ["a text", { type: "text", text: "Grüße 🐙" }, { type: "text", text: "Grüße 🐙" }],
    [
      "a picture",
      { type: "image", mediaUrl: "https://a.example/a.png", text: "A picture" },
      { type: "picture", text: "A picture", media: "https://a.example/a.png" },
    ],
    [
      "a file",
      { type: "file", mediaUrl: "https://a.example/a.pdf", mediaSize: 1234, altText: "a.pdf" },
      { type: "file", media: "https://a.example/a.pdf", size: 1234, file_name: "a.pdf" },
    ],
    [
      "a place",
      { type: "location", coordinates: { lat: 1.5, long: -2.25 } },
      { type: "location", location: { lat: 1.5, lon: -2.25 } },
    ],
  ])("%s", (_, content, expected) => {
    expect(send.write(outgoing(content, { author }), target).map(readRequest)).toEqual([
      {
        method: "POST",
        url: "https://chatapi.viber.com/pa/send_message",
        headers,
        body: { receiver: "01234567890A=", min_api_version: 1, sender, ...expected },
      },
    ]);
  });

  test("buttons, the check and the registration", () => {
    expect(bodies({ type: "text", text: "Tea?", actions: [yes] })).toEqual([
      {
        ...common,
        type: "text",
        text: "Tea?",
        tracking_data: '{"buttons":[["Yes","reply","tea:1"]]}',
        keyboard: {
          Type: "keyboard",
          DefaultHeight: false,
          Buttons: [{ Columns: 6, Rows: 1, Text: "Yes", ActionType: "reply", ActionBody: "Yes" }],
        },
      },
    ]);
    expect(send.check(target.credentials)).toEqual({
      method: "POST",
      url: "https://chatapi.viber.com/pa/get_account_info",
      headers,
      body: "{}",
    });
    expect(send.register(target.credentials, "https://b.example/hook").map(readRequest)).toMatchObject([
      { url: "https://chatapi.viber.com/pa/set_webhook", body: { url: "https://b.example/hook", send_name: true } },
    ]);
  });
});

describe("what a person sees", () => {
  test("the sender is the author, else the account", () => {
    const senderOf = (author: object, credentials = {}) =>
      readRequest(
        send.write(outgoing({ type: "text", text: "x" }, { author }), targetOf(credentials, "a"))[0] ?? send.check({}),
      ).body?.sender;
    expect(senderOf({ displayName: "x".repeat(40) })).toEqual({ name: "x".repeat(28) });
    expect(senderOf({ displayName: " " }, { uri: "sample" })).toEqual({ name: "sample" });
    expect(senderOf({ avatarUrl: "no address" })).toEqual({ name: "Business" });
  });

  test("a long text is several messages, the last with the buttons", () => {
    expect(bodies({ type: "text", text: "word ".repeat(1500), actions: [link] })).toMatchObject([
      { type: "text" },
      { type: "text", keyboard: {} },
    ]);
  });

  test("links and who asks for a place are buttons, what Viber refuses is a line", () => {
    const actions: readonly Action[] = [
      link,
      { type: "locationRequest", text: "<Here>" },
      { type: "link", text: "App", uri: "myapp://open" },
      { type: "buy", text: "Buy", amount: 500, currency: "eur" },
    ];
    expect(bodies({ type: "text", text: "Hi", actions })).toEqual([
      {
        ...common,
        min_api_version: 6,
        type: "text",
        text: "Hi\nApp myapp://open\nBuy (5.00 EUR)",
        keyboard: {
          Type: "keyboard",
          DefaultHeight: false,
          Buttons: [
            {
              Columns: 6,
              Rows: 1,
              Text: "Go",
              ActionType: "open-url",
              ActionBody: "https://a.example/x",
              Silent: true,
            },
            { Columns: 6, Rows: 1, Text: "&lt;Here&gt;", ActionType: "location-picker", ActionBody: "<Here>" },
          ],
        },
      },
    ]);
  });

  test.each<[string, Content, readonly object[]]>([
    [
      "a film",
      { type: "file", mediaUrl: "https://a.example/a.mp4", mediaSize: 10, text: "See" },
      [{ type: "video", size: 10, text: "See" }],
    ],
    [
      "a file with a text",
      { type: "file", mediaUrl: "https://a.example/a.pdf", mediaSize: 10, text: "Read" },
      [
        { type: "file", file_name: "file" },
        { type: "text", text: "Read" },
      ],
    ],
    [
      "a file of an unknown size",
      { type: "file", mediaUrl: "https://a.example/a.pdf" },
      [{ type: "text", text: "https://a.example/a.pdf" }],
    ],
    ["a picture in a file", { type: "file", mediaUrl: "https://a.example/a.jpg" }, [{ type: "picture" }]],
    ["a drawing", { type: "image", mediaUrl: "https://a.example/a", mediaType: "image/svg+xml" }, [{ type: "text" }]],
    [
      "a picture with a long text",
      { type: "image", mediaUrl: "https://a.example/a.png", text: "x".repeat(769) },
      [{ type: "picture" }, { type: "text" }],
    ],
    [
      "a named place",
      { type: "location", coordinates: { lat: 1, long: 2 }, location: { name: "Café" } },
      [{ type: "text", text: "Café" }, { type: "location" }],
    ],
    [
      "a form",
      { type: "form", fields: [{ type: "email", name: "e", label: "Address" }] },
      [{ type: "text", text: "Address" }],
    ],
  ])("%s", (_, content, expected) => {
    expect(bodies(content)).toMatchObject(expected);
  });

  test("six items of a carousel stand side by side, all of them as high, and each button sends its own words", () => {
    const items = Array.from({ length: 7 }, (_, index) => ({
      title: `<${index}>`,
      description: "a\nb",
      ...(index === 0 ? { mediaUrl: "https://a.example/0.png" } : {}),
      actions: index === 0 ? [pick, link] : [{ ...pick, payload: `pick:${index}` }],
    }));
    const [first, second] = bodies({ type: "carousel", items });
    const media = recordOf(first?.rich_media);
    expect(media).toMatchObject({ ButtonsGroupColumns: 6, ButtonsGroupRows: 6 });
    expect([media.Buttons].flat()).toHaveLength(6 * 4);
    expect([media.Buttons].flat().slice(0, 8)).toMatchObject([
      { Rows: 2, Image: "https://a.example/0.png" },
      { Rows: 2, Text: "<b>&lt;0&gt;</b><br>a<br>b" },
      { ActionType: "reply", ActionBody: "Pick" },
      { ActionType: "open-url" },
      { Rows: 2, ActionType: "none" },
      { Rows: 2 },
      { ActionType: "reply", Text: "Pick", ActionBody: "Pick 2" },
      { ActionType: "none", Rows: 1 },
    ]);
    expect(second).toMatchObject({ type: "rich_media", min_api_version: 2 });
    expect(JSON.parse(String(first?.tracking_data)).buttons.slice(0, 2)).toEqual([
      ["Pick", "postback", "pick:1"],
      ["Pick 2", "postback", "pick:1"],
    ]);
  });

  test("the buttons of a list are the keyboard, those that it cannot show a text", () => {
    const items = [{ title: "One", actions: [link] }];
    expect(bodies({ type: "list", items, actions: [link] })).toMatchObject([{ type: "rich_media", keyboard: {} }]);
    expect(bodies({ type: "list", items, actions: [{ type: "buy", text: "Buy", amount: 100 }] })).toMatchObject([
      { type: "rich_media" },
      { type: "text", text: "Buy (1.00 USD)" },
    ]);
  });

  test("any content becomes messages within the limits, and any answer is read", () => {
    expectTotal({ ...send, write: send.write }, target, ({ body = "" }) => {
      const { type, text = "x", sender, keyboard, rich_media, tracking_data = "" } = recordOf(JSON.parse(body));
      expect([...String(text)].length).toBeLessThanOrEqual(type === "picture" ? 768 : 7000);
      if (type === "text") expect(String(text).trim()).not.toBe("");
      expect(String(recordOf(sender).name).length).toBeLessThanOrEqual(28);
      expect([recordOf(keyboard).Buttons].flat().length).toBeLessThanOrEqual(24);
      for (const button of [recordOf(rich_media).Buttons, recordOf(keyboard).Buttons].flat().map(recordOf))
        expect([...String(button.Text)].length).toBeLessThanOrEqual(250);
      expect(String(tracking_data).length).toBeLessThanOrEqual(4000);
    });
  });
});

describe("an answer", () => {
  test("a message that was taken has its token, with all its digits", () => {
    const body = '{"status":0,"status_message":"ok","message_token":5741311803571721087,"billing_status":1}';
    expect(send.read(answerOf(200, body))).toEqual({ kind: "accepted", externalIds: ["5741311803571721087"] });
  });

  test.each([
    [2, "invalidAuthToken", "wrongCredentials"],
    [3, "badData", "refused"],
    [5, "receiverNotRegistered", "unreachable"],
    [6, "receiverNotSubscribed", "notPermitted"],
    [8, "publicAccountNotFound", "wrongCredentials"],
    [11, "receiverNoSuitableDevice", "unreachable"],
    [24, "noBalance", "notPermitted"],
  ])("%i %s is %s", (status, status_message, reason) => {
    expect(send.read(answerOf(200, { status, status_message }))).toEqual({
      kind: "refused",
      failure: { reason, message: status_message },
    });
  });

  test("what passes is tried later", () => {
    expect(send.read(answerOf(200, { status: 12, status_message: "tooManyRequests" })).kind).toBe("later");
    expect(send.read(answerOf(200, { status: 99, status_message: "General error" })).kind).toBe("later");
    expect(send.read(answerOf(502, "<html>", { "retry-after": "7" }))).toMatchObject({ kind: "later", seconds: 7 });
    expect(send.read(answerOf(200, "")).kind).toBe("later");
  });
});

test("a pressed button comes back as what it is", () => {
  const [text] = bodies({ type: "text", text: "Tea?", actions: [yes, { ...pick, text: "Yes" }] });
  const press = (said: string) =>
    receive.parse(
      channelRequest({
        body: JSON.stringify({
          event: "message",
          message_token: 1,
          sender: { id: "01234567890A=" },
          message: { type: "text", text: said, tracking_data: text?.tracking_data },
        }),
      }),
    ).events;
  expect(press("Yes")).toMatchObject([{ kind: "message", content: { type: "text", text: "Yes", payload: "tea:1" } }]);
  expect(press("Yes 2")).toMatchObject([{ kind: "postback", payload: "pick:1" }]);
});

describe("the sample's provider", () => {
  test("it answers each call well, and shows whom a message is for", () => {
    const [message] = send.write(outgoing({ type: "text", text: "Hi" }), target);
    if (message === undefined) throw new Error("no request");
    expect(send.read(sample.answer?.(message, "5741311803571721087") ?? answerOf(500, ""))).toEqual({
      kind: "accepted",
      externalIds: ["5741311803571721087"],
    });
    expect(sample.readSent?.(message)).toEqual({ personId: "01234567890A=", text: "Hi" });
    const check = send.check(target.credentials);
    expect(sample.readSent?.(check)).toBeUndefined();
    expect(send.learned(sample.answer?.(check, "1") ?? answerOf(500, ""))).toEqual({
      uri: "sample",
      accountId: "pa:75346594275468546724",
    });
  });

  test.each(["delivered", "read", "failed"] as const)("its report %s is one on that message", (state) => {
    const now = new Date("2026-11-24T08:00:00.000Z");
    const place = { credentials: target.credentials, publicUrl: webhookUrl, now };
    const payload = sample.report?.({ externalId: "5741311803571721087", personId: "a", state }, place) ?? "";
    const request = channelRequest({ ...sample.sign(payload, place), receivedAt: now });
    expect(receive.verify(request, target.credentials)).toEqual({ ok: true });
    expect(receive.parse(request)).toMatchObject({
      events: [],
      receipts: [{ state, externalIds: ["5741311803571721087"], occurredAt: now }],
    });
  });
});
