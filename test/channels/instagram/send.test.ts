import { describe, expect, test } from "vitest";
import { sample } from "../../../lib/channels/instagram/sample.ts";
import { send } from "../../../lib/channels/instagram/send.ts";
import type { Content } from "../../../lib/model/message.ts";
import { channels } from "../../support/channels.ts";
import { channelRequest, webhookUrl } from "../examples.ts";
import { answer, contents, errorAnswer, json, written } from "../meta/sending.ts";

const credentials = {
  appId: "482910563781",
  appSecret: "secret",
  verifyToken: "verify",
  pageAccessToken: "EAAtoken",
  businessId: "17841444303043201",
};
const ownLogin = { ...credentials, pageAccessToken: "IGAAtoken" };
const recipient = { externalId: "3000", aliases: [] };
const target = { credentials, recipient, webhookUrl };
const now = new Date("2026-11-24T08:00:00.000Z");

const write = (content: Content, more = {}) => written(send, content, target, more);
const messages = (content: Content) => write(content).map((request) => json(request).message);
const never = { method: "GET", url: "", headers: {} } as const;
const template = (payload: object) => ({ attachment: { type: "template", payload } });

describe("a message", () => {
  test("goes by the page, or by Instagram's own login where the token is of one", () => {
    const [request] = write({ type: "text", text: "Hi" });
    expect(request).toMatchObject({
      method: "POST",
      url: "https://graph.facebook.com/v25.0/me/messages",
      headers: { authorization: "Bearer EAAtoken" },
    });
    expect(json(request ?? never)).toEqual({ recipient: { id: "3000" }, message: { text: "Hi" } });
    const [own] = written(send, { type: "text", text: "Hi" }, { credentials: ownLogin, recipient });
    expect(own?.url).toBe("https://graph.instagram.com/v25.0/me/messages");
    expect(send.origins).toContain(new URL(own?.url ?? "").origin);
  });

  test("is split by its bytes", () => {
    const words = "Ärger ".repeat(300).trim();
    const parts = messages({ type: "text", text: words }) as readonly { readonly text: string }[];
    expect(parts.map(({ text }) => text).join(" ")).toBe(words);
    expect(parts.every(({ text }) => Buffer.byteLength(text) <= 1000)).toBe(true);
  });

  test("has buttons without what Messenger alone has", () => {
    const webview = {
      type: "webview",
      text: "Choose",
      uri: "https://shop.example/choose",
      fallback: "https://shop.example/",
      size: "tall",
    } as const;
    const call = { type: "link", text: "Call", uri: "tel:+15145550100" } as const;
    expect(messages({ type: "text", text: "Hi", actions: [webview, call] })).toEqual([
      template({
        template_type: "button",
        text: "Hi\nCall tel:+15145550100",
        buttons: [{ type: "web_url", title: "Choose", url: "https://shop.example/" }],
      }),
    ]);
    const reply = { type: "reply", text: "Yes", payload: "YES", iconUrl: "https://files.example/yes.png" } as const;
    expect(messages({ type: "text", text: "Sure?", actions: [reply] })).toEqual([
      { text: "Sure?", quick_replies: [{ content_type: "text", title: "Yes", payload: "YES" }] },
    ]);
    const items = [{ title: "Tea", actions: [webview] }];
    const square = { imageAspectRatio: "square" } as const;
    expect(messages({ type: "carousel", items, displaySettings: square })).toEqual([
      template({
        template_type: "generic",
        elements: [{ title: "Tea", buttons: [{ type: "web_url", title: "Choose", url: "https://shop.example/" }] }],
      }),
    ]);
  });

  test.each<[string, object]>([
    ["image/png", { attachment: { type: "image", payload: { url: "https://files.example/a" } } }],
    ["video/mp4", { attachment: { type: "video", payload: { url: "https://files.example/a" } } }],
    ["audio/mp4; codecs=x", { attachment: { type: "audio", payload: { url: "https://files.example/a" } } }],
    ["application/pdf", { attachment: { type: "file", payload: { url: "https://files.example/a" } } }],
    ["application/zip", { text: "https://files.example/a" }],
    ["image/webp", { text: "https://files.example/a" }],
  ])("with a file of type %s is what Instagram shows", (mediaType, message) => {
    expect(messages({ type: "file", mediaUrl: "https://files.example/a", mediaType })).toEqual([message]);
  });

  test("of every content becomes requests", () => {
    for (const content of contents) expect(write(content).length, JSON.stringify(content)).toBeGreaterThan(0);
  });

  test("after the window is not taken", () => {
    const result = send.read(errorAnswer(403, { code: 10, error_subcode: 2534022, message: "outside" }));
    expect(result).toMatchObject({ kind: "refused", failure: { reason: "windowClosed" } });
  });

  test("is shown to be written and read", () => {
    const person = { recipient: { id: "3000" } };
    expect(json(send.typing("typing:start", target))).toEqual({ ...person, sender_action: "typing_on" });
    expect(json(send.typing("typing:stop", target))).toEqual({ ...person, sender_action: "typing_off" });
    expect(json(send.markRead(target))).toEqual({ ...person, sender_action: "mark_seen" });
  });
});

describe("an integration", () => {
  test("is checked by reading its account, which the answer tells", () => {
    const page = send.check(credentials);
    expect(page.url).toBe(
      "https://graph.facebook.com/v25.0/me?fields=id,name,instagram_business_account%7Bid,name,username%7D",
    );
    const account = { id: "17841444303043201", name: "Shop", username: "shop" };
    expect(send.learned(answer({ id: "1", name: "Page", instagram_business_account: account }))).toEqual({
      pageId: "1",
      businessId: "17841444303043201",
      businessName: "Shop",
      businessUsername: "shop",
    });
    expect(send.check(ownLogin).url).toBe("https://graph.instagram.com/v25.0/me?fields=user_id,name,username");
    expect(send.learned(answer({ user_id: "17841444303043201", id: "9", name: "Shop", username: "shop" }))).toEqual({
      businessId: "17841444303043201",
      businessName: "Shop",
      businessUsername: "shop",
    });
  });

  test("gets its webhook by the app's own token, and has its page or itself subscribed", () => {
    const [app, page] = send.register(credentials, webhookUrl);
    expect(json(app ?? never)).toMatchObject({ object: "instagram", callback_url: webhookUrl });
    expect(json(page ?? never)).toEqual({ subscribed_fields: "messages" });
    const [, own] = send.register(ownLogin, webhookUrl);
    expect(own?.url).toBe("https://graph.instagram.com/v25.0/me/subscribed_apps");
    expect(json(own ?? never).subscribed_fields).toContain("messaging_seen");
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
        expect(sample.readSent?.(request)).toMatchObject({ personId: "3000", text: expect.stringMatching(/./) });
      }
    expect(send.learned(sample.answer?.(send.check(credentials), "x") ?? answer({}))).toMatchObject({
      businessId: "17841444303043201",
    });
  });

  test("reports what was read, and nothing else", () => {
    const sampleTarget = { credentials, publicUrl: webhookUrl, now };
    const payload = sample.report?.({ externalId: "mid.1", personId: "3000", state: "read" }, sampleTarget) ?? {};
    const request = channelRequest({ ...sample.sign(payload, sampleTarget) });
    expect(channels.instagram.verify(request, credentials)).toEqual({ ok: true });
    expect(channels.instagram.parse(request, credentials).receipts).toMatchObject([
      { state: "read", externalIds: ["mid.1"], occurredAt: now },
    ]);
    for (const state of ["delivered", "failed"] as const)
      expect(sample.report?.({ externalId: "mid.1", personId: "3000", state }, sampleTarget)).toBeUndefined();
  });
});
