import { describe, expect, test } from "vitest";
import { sample } from "../../../lib/channels/messenger/sample.ts";
import { send } from "../../../lib/channels/messenger/send.ts";
import type { Content } from "../../../lib/model/message.ts";
import { channels } from "../../support/channels.ts";
import { channelRequest, webhookUrl } from "../examples.ts";
import { answer, contents, errorAnswer, json, written } from "../meta/sending.ts";

const credentials = {
  appId: "482910563781",
  appSecret: "secret",
  verifyToken: "verify",
  pageAccessToken: "EAAtoken",
  pageId: "106731941223392",
};
const recipient = { externalId: "2000", aliases: [] };
const target = { credentials, recipient, webhookUrl };
const now = new Date("2026-11-24T08:00:00.000Z");

const write = (content: Content, more = {}) => written(send, content, target, more);
const messages = (content: Content, more = {}) => write(content, more).map((request) => json(request).message);

const never = { method: "GET", url: "", headers: {} } as const;
const link = { type: "link", text: "Open", uri: "https://shop.example/" } as const;
const postback = { type: "postback", text: "Start", payload: "START" } as const;
const template = (payload: object) => ({ attachment: { type: "template", payload } });

describe("the same message as messaging-api-messenger 1.1.0 sends", () => {
  // Recorded from the library, which has the token in the URL, and another `messaging_type`.
  test.each<[string, Content, object]>([
    ["a text", { type: "text", text: "Hello there" }, { text: "Hello there" }],
    [
      "quick replies",
      {
        type: "text",
        text: "Sure?",
        actions: ["Yes", "No"].map((text) => ({ type: "reply", text, payload: text.toUpperCase() })),
      },
      {
        text: "Sure?",
        quick_replies: [
          { content_type: "text", title: "Yes", payload: "YES" },
          { content_type: "text", title: "No", payload: "NO" },
        ],
      },
    ],
    [
      "an image",
      { type: "image", mediaUrl: "https://files.example/cat.png" },
      { attachment: { type: "image", payload: { url: "https://files.example/cat.png" } } },
    ],
    [
      "a file",
      { type: "file", mediaUrl: "https://files.example/bill.pdf", altText: "bill.pdf" },
      { attachment: { type: "file", payload: { url: "https://files.example/bill.pdf" } } },
    ],
    [
      "buttons",
      { type: "text", text: "Our shop", actions: [link, postback] },
      template({
        template_type: "button",
        text: "Our shop",
        buttons: [
          { type: "web_url", title: "Open", url: "https://shop.example/" },
          { type: "postback", title: "Start", payload: "START" },
        ],
      }),
    ],
    [
      "a carousel",
      {
        type: "carousel",
        items: [
          {
            title: "Tea",
            description: "Green",
            mediaUrl: "https://files.example/tea.png",
            actions: [{ type: "postback", text: "Buy", payload: "TEA" }],
          },
        ],
        displaySettings: { imageAspectRatio: "square" },
      },
      template({
        template_type: "generic",
        elements: [
          {
            title: "Tea",
            subtitle: "Green",
            image_url: "https://files.example/tea.png",
            buttons: [{ type: "postback", title: "Buy", payload: "TEA" }],
          },
        ],
        image_aspect_ratio: "square",
      }),
    ],
  ])("%s", (_, content, message) => {
    const [request, ...others] = write(content);
    expect(others).toEqual([]);
    expect(request).toMatchObject({
      method: "POST",
      url: "https://graph.facebook.com/v25.0/me/messages",
      headers: { authorization: "Bearer EAAtoken", "content-type": "application/json" },
    });
    expect(json(request ?? never)).toEqual({ messaging_type: "RESPONSE", recipient: { id: "2000" }, message });
  });

  test("the signs that the business types and has read", () => {
    const person = { recipient: { id: "2000" } };
    expect(json(send.typing("typing:start", target))).toEqual({ ...person, sender_action: "typing_on" });
    expect(json(send.typing("typing:stop", target))).toEqual({ ...person, sender_action: "typing_off" });
    expect(json(send.markRead(target))).toEqual({ ...person, sender_action: "mark_seen" });
  });
});

describe("what Messenger does not show so", () => {
  test("a long text comes in parts, with its buttons at the last", () => {
    const words = "word ".repeat(500).trim();
    const parts = messages({ type: "text", text: words }) as readonly { readonly text: string }[];
    expect(parts.map(({ text }) => text).join(" ")).toBe(words);
    expect(parts.every(({ text }) => text.length <= 2000)).toBe(true);
    const [first, ...rest] = messages({ type: "text", text: words, actions: [link] });
    expect(first).toEqual({ text: expect.any(String) });
    expect(rest.at(-1)).toMatchObject(template({ template_type: "button", buttons: [{ type: "web_url" }] }));
  });

  test("more than three buttons are messages of three, and titles are cut", () => {
    const actions = Array.from({ length: 4 }, (_, index) => ({
      ...postback,
      text: `${index} is a long title of a button`,
      payload: `P${index}`,
    }));
    expect(messages({ type: "text", text: "Hi", actions })).toMatchObject([
      template({ text: "Hi", buttons: [{ title: "0 is a long title o…" }, { payload: "P1" }, { payload: "P2" }] }),
      template({ text: "…", buttons: [{ payload: "P3" }] }),
    ]);
  });

  test("what is said beside a file is a message of its own, with the buttons", () => {
    const reply = { type: "reply", text: "Yes", payload: "YES" } as const;
    const image = { type: "image", mediaUrl: "https://files.example/cat.png" } as const;
    expect(messages({ ...image, text: "A cat", actions: [reply] })).toMatchObject([
      { attachment: { type: "image" } },
      { text: "A cat", quick_replies: [{ title: "Yes" }] },
    ]);
    expect(messages({ ...image, actions: [reply] })).toMatchObject([
      { attachment: { type: "image" }, quick_replies: [{ title: "Yes" }] },
    ]);
  });

  test("places, forms, templates of WhatsApp, and buttons that Messenger has none for, are text", () => {
    const place = { type: "location", coordinates: { lat: 1, long: 2 }, location: { name: "Office" } } as const;
    expect(messages(place)).toEqual([{ text: "Office\nLocation shared:\nhttps://maps.google.com/maps?q=1,2" }]);
    expect(messages({ type: "form", fields: [{ type: "email", name: "e", label: "Your address" }] })).toEqual([
      { text: "Your address" },
    ]);
    const buy = { type: "buy", text: "Tea", amount: 1999, currency: "eur" } as const;
    const app = { type: "link", text: "App", uri: "app://tea" } as const;
    expect(messages({ type: "text", text: "Hi", actions: [buy, app] })).toEqual([
      { text: "Hi\nTea (19.99 EUR)\nApp app://tea" },
    ]);
  });

  test("a webview opens as the business wishes, and a number is called", () => {
    const webview = {
      type: "webview",
      text: "Choose",
      uri: "https://shop.example/choose",
      fallback: "https://shop.example/",
      size: "tall",
      extraChannelOptions: { messenger: { messenger_extensions: true, webview_share_button: "hide" } },
    } as const;
    const call = { type: "link", text: "Call", uri: "tel:+15145550100" } as const;
    expect(messages({ type: "text", text: "Hi", actions: [webview, call] })).toMatchObject([
      template({
        buttons: [
          {
            type: "web_url",
            url: "https://shop.example/choose",
            webview_height_ratio: "tall",
            messenger_extensions: true,
            fallback_url: "https://shop.example/",
            webview_share_button: "hide",
          },
          { type: "phone_number", payload: "+15145550100" },
        ],
      }),
    ]);
  });

  test("an item opens its default button, and eleven items are two carousels", () => {
    const items = Array.from({ length: 11 }, (_, index) => ({
      title: `${index}`,
      actions: [{ ...link, default: true }],
    }));
    const sent = messages({ type: "list", items, actions: [link] });
    expect(sent).toHaveLength(3);
    expect(sent[0]).toMatchObject(
      template({
        elements: expect.objectContaining({
          length: 10,
          0: expect.objectContaining({
            default_action: { type: "web_url", url: "https://shop.example/" },
          }),
        }),
      }),
    );
  });

  test("every content becomes requests", () => {
    for (const content of contents) expect(write(content).length, JSON.stringify(content)).toBeGreaterThan(0);
  });
});

describe("a message", () => {
  test("is the payload that the business gave instead, whole or its message alone, but to no other person", () => {
    const message = { text: "Good day" };
    const [alone] = write({ type: "text", text: "Hello" }, { override: message });
    expect(json(alone ?? never)).toEqual({ messaging_type: "RESPONSE", recipient: { id: "2000" }, message });
    const override = { messaging_type: "MESSAGE_TAG", tag: "HUMAN_AGENT", recipient: { id: "1" }, message };
    const [whole] = write({ type: "text", text: "Hello" }, { override });
    expect(json(whole ?? never)).toEqual({ ...override, recipient: { id: "2000" } });
  });

  test("answers the one that it quotes, by its first request alone", () => {
    const image = { type: "image", mediaUrl: "https://files.example/cat.png", text: "A cat" } as const;
    const requests = write(image, { quotedExternalId: "mid.IN" }).map(json);
    expect(requests.map((request) => request.reply_to)).toEqual([{ mid: "mid.IN" }, undefined]);
  });

  test("that Meta cannot address reaches nobody", () => {
    const result = send.read(errorAnswer(400, { code: 100, error_subcode: 33, message: "Unsupported post request" }));
    expect(result).toMatchObject({ kind: "refused", failure: { reason: "unreachable" } });
  });
});

describe("an integration", () => {
  test("is checked by reading its page, which the answer tells", () => {
    expect(send.check(credentials)).toMatchObject({
      method: "GET",
      url: "https://graph.facebook.com/v25.0/me?fields=id,name,category",
    });
    expect(send.learned(answer({ id: "106731941223392", name: "Shop", category: "Tea" }))).toEqual({
      pageId: "106731941223392",
      pageName: "Shop",
    });
    expect(send.learned(answer([]))).toEqual({});
  });

  test("gets its webhook by the app's own token, and has the page subscribed", () => {
    const [app, page] = send.register(credentials, webhookUrl);
    expect(app).toMatchObject({
      url: "https://graph.facebook.com/v25.0/482910563781/subscriptions",
      headers: { authorization: "Bearer 482910563781|secret" },
    });
    expect(json(app ?? never)).toMatchObject({ object: "page", callback_url: webhookUrl, verify_token: "verify" });
    expect(page?.url).toBe("https://graph.facebook.com/v25.0/me/subscribed_apps");
    expect(json(page ?? never).subscribed_fields).toContain("message_deliveries,message_reads");
  });
});

describe("a sample", () => {
  test("answers each request so that it counts as taken, under the id that it was given", () => {
    for (const content of contents)
      for (const request of write(content)) {
        expect(send.read(sample.answer?.(request, "mid.1") ?? answer({}))).toEqual({
          kind: "accepted",
          externalIds: ["mid.1"],
        });
        expect(sample.readSent?.(request)).toMatchObject({ personId: "2000", text: expect.stringMatching(/./) });
      }
    const typing = send.typing("typing:start", target);
    expect(sample.readSent?.(typing)).toBeUndefined();
    expect(send.read(sample.answer?.(typing, "mid.1") ?? answer({}))).toEqual({ kind: "accepted", externalIds: [] });
  });

  test("reports that a message was delivered, and that all up to now are read", () => {
    const sampleTarget = { credentials, publicUrl: webhookUrl, now };
    const receiptsOf = (state: "delivered" | "read") => {
      const payload = sample.report?.({ externalId: "mid.1", personId: "2000", state }, sampleTarget) ?? {};
      const request = channelRequest({ ...sample.sign(payload, sampleTarget) });
      expect(channels.messenger.verify(request, credentials)).toEqual({ ok: true });
      return channels.messenger.parse(request, credentials).receipts;
    };
    expect(receiptsOf("delivered")).toMatchObject([{ state: "delivered", externalIds: ["mid.1"] }]);
    expect(receiptsOf("read")).toMatchObject([
      { state: "read", externalIds: [], upTo: { externalId: "2000", time: now } },
    ]);
    expect(sample.report?.({ externalId: "mid.1", personId: "2000", state: "failed" }, sampleTarget)).toBeUndefined();
  });
});
