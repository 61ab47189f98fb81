import { describe, expect, test } from "vitest";
import { sample } from "../../../lib/channels/whatsapp/sample.ts";
import { send } from "../../../lib/channels/whatsapp/send.ts";
import type { Content } from "../../../lib/model/message.ts";
import { recordOf } from "../../../lib/model/values/providerValue.ts";
import { channels } from "../../support/channels.ts";
import { channelRequest, webhookUrl } from "../examples.ts";
import { answer, contents, json, written } from "../meta/sending.ts";

const credentials = {
  appSecret: "secret",
  verifyToken: "verify",
  phoneNumberId: "106540352242922",
  accountId: "102290129340398",
  accessToken: "EAAtoken",
};
const recipient = { externalId: "15145550123", aliases: ["US.13491208655302741918"] };
const target = { credentials, recipient, webhookUrl };
const now = new Date("2026-11-24T08:00:00.000Z");

const write = (content: Content, more = {}) => written(send, content, target, more);
/** What is sent, without the parts that are of every message. */
const payloads = (content: Content, more = {}) =>
  write(content, more).map((request) => {
    const { messaging_product: _, recipient_type: __, to: ___, ...payload } = json(request);
    return payload;
  });

const replies = (...texts: readonly string[]) =>
  texts.map((text) => ({ type: "reply", text, payload: text.toUpperCase() }) as const);
const link = { type: "link", text: "Open", uri: "https://shop.example/" } as const;

describe("the same message as whatsapp-api-js 6.2.1 sends", () => {
  // Recorded from the library, in the order of its calls; it leaves out `recipient_type`, whose default is ours.
  test.each<[string, Content, object]>([
    ["a text", { type: "text", text: "Hello there" }, { type: "text", text: { body: "Hello there" } }],
    [
      "an image",
      { type: "image", mediaUrl: "https://files.example/cat.png", mediaType: "image/png", text: "A cat" },
      { type: "image", image: { link: "https://files.example/cat.png", caption: "A cat" } },
    ],
    [
      "a document",
      {
        type: "file",
        mediaUrl: "https://files.example/bill.pdf",
        mediaType: "application/pdf",
        text: "Your bill",
        altText: "bill.pdf",
      },
      {
        type: "document",
        document: { link: "https://files.example/bill.pdf", caption: "Your bill", filename: "bill.pdf" },
      },
    ],
    [
      "a video",
      { type: "file", mediaUrl: "https://files.example/film.mp4" },
      { type: "video", video: { link: "https://files.example/film.mp4" } },
    ],
    [
      "an audio file",
      { type: "file", mediaUrl: "https://files.example/song.mp3", altText: "song.mp3" },
      { type: "audio", audio: { link: "https://files.example/song.mp3" } },
    ],
    [
      "a place",
      {
        type: "location",
        coordinates: { lat: 13.0827, long: 80.2707 },
        location: { name: "Office", address: "1 Main Street" },
      },
      {
        type: "location",
        location: { longitude: 80.2707, latitude: 13.0827, name: "Office", address: "1 Main Street" },
      },
    ],
    [
      "reply buttons",
      { type: "text", text: "Sure?", actions: replies("Yes", "No") },
      {
        type: "interactive",
        interactive: {
          action: {
            buttons: [
              { type: "reply", reply: { title: "Yes", id: "YES" } },
              { type: "reply", reply: { title: "No", id: "NO" } },
            ],
          },
          body: { text: "Sure?" },
          type: "button",
        },
      },
    ],
    [
      "a reply button below a picture",
      { type: "image", mediaUrl: "https://files.example/cat.png", text: "A cat", actions: replies("Yes") },
      {
        type: "interactive",
        interactive: {
          action: { buttons: [{ type: "reply", reply: { title: "Yes", id: "YES" } }] },
          body: { text: "A cat" },
          header: { type: "image", image: { link: "https://files.example/cat.png" } },
          type: "button",
        },
      },
    ],
    [
      "a list of choices",
      { type: "text", text: "Which?", actions: replies("a", "b", "c", "d") },
      {
        type: "interactive",
        interactive: {
          action: {
            button: "Options",
            sections: [{ rows: ["a", "b", "c", "d"].map((title) => ({ id: title.toUpperCase(), title })) }],
          },
          body: { text: "Which?" },
          type: "list",
        },
      },
    ],
    [
      "a button with a link",
      { type: "text", text: "Our shop", actions: [link] },
      {
        type: "interactive",
        interactive: {
          action: { name: "cta_url", parameters: { display_text: "Open", url: "https://shop.example/" } },
          body: { text: "Our shop" },
          type: "cta_url",
        },
      },
    ],
    [
      "a request for a place",
      { type: "text", text: "Where are you?", actions: [{ type: "locationRequest", text: "Send location" }] },
      {
        type: "interactive",
        interactive: {
          action: { name: "send_location" },
          body: { text: "Where are you?" },
          type: "location_request_message",
        },
      },
    ],
    [
      "a template",
      {
        type: "template",
        template: { name: "hello_world", language: { code: "en_US", policy: "deterministic" } },
      },
      { type: "template", template: { name: "hello_world", language: { code: "en_US", policy: "deterministic" } } },
    ],
  ])("%s", (_, content, payload) => {
    const [request, ...others] = write(content);
    expect(others).toEqual([]);
    expect(request).toMatchObject({
      method: "POST",
      url: "https://graph.facebook.com/v25.0/106540352242922/messages",
      headers: { authorization: "Bearer EAAtoken", "content-type": "application/json" },
    });
    expect(json(request ?? never)).toEqual({
      messaging_product: "whatsapp",
      recipient_type: "individual",
      to: "15145550123",
      ...payload,
    });
  });

  test("an answer to a message, and the marks that one is read and that the business types", () => {
    expect(payloads({ type: "text", text: "Hello there" }, { quotedExternalId: "wamid.IN" })).toEqual([
      { type: "text", text: { body: "Hello there" }, context: { message_id: "wamid.IN" } },
    ]);
    const latest = { externalId: "wamid.IN", received: now.toISOString() };
    const read = { messaging_product: "whatsapp", status: "read", message_id: "wamid.IN" };
    expect(json(send.markRead(target, latest) ?? never)).toEqual(read);
    expect(json(send.typing("typing:start", target, latest) ?? never)).toEqual({
      ...read,
      typing_indicator: { type: "text" },
    });
    expect(send.typing("typing:stop", target, latest)).toBeUndefined();
    expect(send.markRead(target, undefined)).toBeUndefined();
  });
});

const never = { method: "GET", url: "", headers: {} } as const;

describe("what WhatsApp does not show so", () => {
  test("a long text comes in parts, and its buttons below the last", () => {
    const words = "word ".repeat(1000).trim();
    const parts = payloads({ type: "text", text: words });
    expect(parts.map((part) => String(recordOf(part.text).body)).join(" ")).toBe(words);
    expect(parts).toHaveLength(2);
    const withButtons = payloads({ type: "text", text: words, actions: replies("Yes") });
    expect(withButtons.map(({ type }) => type)).toEqual([...Array(withButtons.length - 1).fill("text"), "interactive"]);
  });

  test("links beside choices, several links and things to buy are lines of the text", () => {
    const buy = { type: "buy", text: "Tea", amount: 1999, currency: "eur" } as const;
    expect(payloads({ type: "text", text: "Hi", actions: [link, buy, ...replies("Yes")] })).toMatchObject([
      { interactive: { type: "button", body: { text: "Hi\nOpen https://shop.example/\nTea (19.99 EUR)" } } },
    ]);
    expect(payloads({ type: "text", text: "Hi", actions: [link, link] })).toEqual([
      { type: "text", text: { body: "Hi\nOpen https://shop.example/\nOpen https://shop.example/" } },
    ]);
  });

  test.each<[string, readonly { readonly text: string; readonly payload: string }[]]>([
    ["more than ten", Array.from({ length: 11 }, (_, index) => ({ text: `t${index}`, payload: `p${index}` }))],
    [
      "two with one title",
      [
        { text: "Yes", payload: "a" },
        { text: "Yes", payload: "b" },
      ],
    ],
    [
      "two with one payload",
      [
        { text: "Yes", payload: "a" },
        { text: "No", payload: "a" },
      ],
    ],
    ["one with a payload that is too long", [{ text: "Yes", payload: "a".repeat(257) }]],
    ["one without a payload", [{ text: "Yes", payload: "" }]],
  ])("choices are lines of the text where WhatsApp would refuse them: %s", (_, choices) => {
    const sent = payloads({ type: "text", text: "Hi", actions: choices.map((one) => ({ type: "reply", ...one })) });
    expect(sent).toEqual([{ type: "text", text: { body: ["Hi", ...choices.map(({ text }) => text)].join("\n") } }]);
  });

  test("a title that is too long is cut, and is whole in a list's description", () => {
    const long = "The very longest of all the teas";
    expect(payloads({ type: "text", text: "Hi", actions: replies(long) })).toMatchObject([
      { interactive: { action: { buttons: [{ reply: { title: "The very longest of…" } }] } } },
    ]);
    const [list] = payloads({ type: "text", text: "Hi", actions: replies("a", "b", "c", long) });
    expect(JSON.stringify(list)).toContain(`"title":"The very longest of all…","description":"${long}"`);
  });

  test("the items of a list are messages with their pictures, a carousel is text", () => {
    const items = [
      {
        title: "Tea",
        description: "Green",
        mediaUrl: "https://files.example/tea.png",
        actions: [{ type: "postback", text: "Buy", payload: "TEA" } as const],
      },
      { title: "Coffee", actions: [link] },
    ];
    expect(payloads({ type: "list", items })).toMatchObject([
      {
        interactive: {
          type: "button",
          header: { type: "image", image: { link: "https://files.example/tea.png" } },
          body: { text: "Tea\nGreen" },
          action: { buttons: [{ reply: { id: "TEA", title: "Buy" } }] },
        },
      },
      { interactive: { type: "cta_url", body: { text: "Coffee" } } },
    ]);
    expect(payloads({ type: "carousel", items })).toEqual([
      { type: "text", text: { body: "Tea\nGreen\n\nCoffee\nOpen https://shop.example/" } },
    ]);
  });

  test("what is said beside an audio file, or at length beside a picture, is a message of its own", () => {
    expect(payloads({ type: "file", mediaUrl: "https://files.example/song.mp3", text: "A song" })).toEqual([
      { type: "audio", audio: { link: "https://files.example/song.mp3" } },
      { type: "text", text: { body: "A song" } },
    ]);
    const long = "x".repeat(1025);
    expect(payloads({ type: "image", mediaUrl: "https://files.example/cat.png", text: long })).toEqual([
      { type: "image", image: { link: "https://files.example/cat.png" } },
      { type: "text", text: { body: long } },
    ]);
  });

  test("a picture of a type that WhatsApp does not show is a document", () => {
    expect(payloads({ type: "image", mediaUrl: "https://files.example/a", mediaType: "image/gif" })).toEqual([
      { type: "document", document: { link: "https://files.example/a" } },
    ]);
  });

  test("every content becomes requests", () => {
    for (const content of contents) expect(payloads(content).length, JSON.stringify(content)).toBeGreaterThan(0);
  });
});

describe("a message", () => {
  test("goes to the number, or to the user id of a person that shows none", () => {
    const hidden = { externalId: "US.13491208655302741918", aliases: ["US.ENT.11815799212886844830"] };
    const [request] = written(send, { type: "text", text: "Hi" }, { credentials, recipient: hidden });
    expect(json(request ?? never)).toMatchObject({ recipient: "US.13491208655302741918" });
    expect(json(request ?? never)).not.toHaveProperty("to");
    const known = { externalId: "US.13491208655302741918", aliases: ["15145550123"] };
    const [other] = written(send, { type: "text", text: "Hi" }, { credentials, recipient: known });
    expect(json(other ?? never)).toMatchObject({ to: "15145550123" });
  });

  test("is the payload that the business gave instead, but to no other person", () => {
    const override = { type: "text", text: { body: "Good day" }, to: "15550000000", recipient: "US.1" };
    expect(payloads({ type: "text", text: "Hello" }, { override })).toEqual([
      { type: "text", text: { body: "Good day" } },
    ]);
    const [request] = write({ type: "text", text: "Hello" }, { override });
    expect(json(request ?? never)).toMatchObject({ messaging_product: "whatsapp", to: "15145550123" });
  });

  test("of a template without a language has the integration's", () => {
    const template = { name: "hello_world" };
    expect(payloads({ type: "template", template })).toEqual([
      { type: "template", template: { name: "hello_world", language: { code: "en_US" } } },
    ]);
    const french = { ...credentials, hsmFallbackLanguage: "fr" };
    const [request] = written(send, { type: "template", template }, { credentials: french, recipient });
    expect(json(request ?? never)).toMatchObject({ template: { language: { code: "fr" } } });
  });
});

describe("an integration", () => {
  test("is checked by reading its number, which the answer tells", () => {
    expect(send.check(credentials)).toMatchObject({
      method: "GET",
      url: "https://graph.facebook.com/v25.0/106540352242922?fields=id,display_phone_number",
    });
    expect(send.learned(answer({ id: "1", display_phone_number: "+1 514-555-0100" }))).toEqual({
      phoneNumber: "15145550100",
    });
    expect(send.learned(answer({}))).toEqual({});
  });

  test("gets its webhook by a subscription of the account and a callback of the number alone", () => {
    const requests = send.register(credentials, webhookUrl);
    expect(requests.map(({ url }) => url)).toEqual([
      "https://graph.facebook.com/v25.0/102290129340398/subscribed_apps",
      "https://graph.facebook.com/v25.0/106540352242922",
    ]);
    expect(json(requests[1] ?? never)).toEqual({
      webhook_configuration: { override_callback_uri: webhookUrl, verify_token: "verify" },
    });
  });

  test("with credentials of any characters writes requests that can be made", () => {
    const odd = { phoneNumberId: "../a b?c", accessToken: "tökén\n" };
    const [request] = written(send, { type: "text", text: "Hi" }, { credentials: odd, recipient });
    expect(request?.url).toBe("https://graph.facebook.com/v25.0/..%2Fa%20b%3Fc/messages");
    expect(() => new Request(request?.url ?? "", { headers: request?.headers ?? {} })).not.toThrow();
  });
});

describe("a sample", () => {
  test("answers each request so that it counts as taken, under the id that it was given", () => {
    for (const content of contents)
      for (const request of write(content)) {
        expect(send.read(sample.answer?.(request, "wamid.1") ?? answer({}))).toEqual({
          kind: "accepted",
          externalIds: ["wamid.1"],
        });
        const sent = sample.readSent?.(request);
        expect(sent?.personId).toBe("15145550123");
        expect(sent?.text).not.toBe("");
      }
    const check = sample.answer?.(send.check(credentials), "x") ?? answer({});
    expect(send.learned(check)).toEqual({ phoneNumber: "15550783881" });
  });

  test.each(["delivered", "read", "failed"] as const)("reports that a message is %s", (state) => {
    const sampleTarget = { credentials, publicUrl: webhookUrl, now };
    const payload = sample.report?.({ externalId: "wamid.1", personId: "15145550123", state }, sampleTarget) ?? {};
    const request = channelRequest({ ...sample.sign(payload, sampleTarget) });
    expect(channels.whatsapp.verify(request, credentials)).toEqual({ ok: true });
    const { receipts, events } = channels.whatsapp.parse(request, credentials);
    expect(events).toEqual([]);
    expect(receipts).toMatchObject([{ state, externalIds: ["wamid.1"], occurredAt: now }]);
    if (state === "failed") expect(receipts).toMatchObject([{ failure: { reason: "unreachable" } }]);
  });
});
