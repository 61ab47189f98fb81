import { describe, expect, test } from "vitest";
import type { SendTarget } from "../../../lib/channels/contract.ts";
import { receive } from "../../../lib/channels/mailgun/receive.ts";
import { sample } from "../../../lib/channels/mailgun/sample.ts";
import { send } from "../../../lib/channels/mailgun/send.ts";
import type { OutgoingMessage, ProviderRequest } from "../../../lib/model/channelCall.ts";
import { claimedId } from "../../../lib/model/client.ts";
import type { Content } from "../../../lib/model/message.ts";
import { channelRequest } from "../examples.ts";
import { answerOf, expectTotal, key, outgoing, targetOf } from "../outgoing.ts";

const credentials = {
  apiKey: "key-1",
  signingKey: "signing-1",
  domain: "sandbox123.mailgun.org",
  incomingAddress: "hello@sandbox123.mailgun.org",
};
const target = targetOf(credentials, "jane@example.com");
const silent: SendTarget = { ...target, credentials: { ...credentials, hideUnsubscribeLink: true } };
const authorization = "Basic YXBpOmtleS0x";
const latest = {
  externalId: "<b@example.com>",
  received: "2026-11-24T08:00:00.000Z",
  raw: { subject: "Hello\n you", References: "<first@sandbox123.mailgun.org> <a@example.com>" },
};

const formOf = ({ body }: ProviderRequest): Record<string, string | undefined> =>
  Object.fromEntries(new URLSearchParams(body));
function mail(content: Content, to = silent, more: Partial<OutgoingMessage> = {}) {
  const [request, ...others] = send.write(outgoing(content, more), to, key);
  if (request === undefined || others.length > 0) throw new Error("not one mail");
  return formOf(request);
}
const hi: Content = { type: "text", text: "Hi" };

describe("the requests are those of mailgun.js 14.0.1, which writes its forms in parts", () => {
  test("a mail", () => {
    const [request] = send.write(outgoing({ ...hi, htmlText: "<p>x</p>" }), { ...silent, latest }, key);
    expect(request).toMatchObject({
      method: "POST",
      url: "https://api.mailgun.net/v3/sandbox123.mailgun.org/messages",
      headers: { authorization, "content-type": "application/x-www-form-urlencoded" },
    });
    expect(request && formOf(request)).toEqual({
      from: '"Ada" <hello@sandbox123.mailgun.org>',
      to: "jane@example.com",
      subject: "Re: Hello you",
      text: "Hi",
      html: "<p>x</p>",
      "h:Reply-To": "hello@sandbox123.mailgun.org",
      "h:Message-Id": `<${key(0)}@sandbox123.mailgun.org>`,
      "h:In-Reply-To": "<b@example.com>",
      "h:References": "<first@sandbox123.mailgun.org> <a@example.com> <b@example.com>",
    });
  });

  test("the check, and the registration of a route and of a webhook", () => {
    expect(send.check?.(credentials)).toEqual({
      method: "GET",
      url: "https://api.mailgun.net/v4/domains/sandbox123.mailgun.org",
      headers: { authorization },
    });
    const requests = send.register?.(credentials, "https://a.example/hook") ?? [];
    expect(requests.map(({ url }) => url)).toEqual([
      "https://api.mailgun.net/v3/routes",
      "https://api.mailgun.net/v4/domains/sandbox123.mailgun.org/webhooks",
    ]);
    expect(requests.map(({ body }) => [...new URLSearchParams(body)])).toEqual([
      [
        ["priority", "0"],
        ["description", "Sunroom"],
        ["expression", 'match_recipient("hello@sandbox123.mailgun.org")'],
        ["action", 'forward("https://a.example/hook")'],
      ],
      [
        ["url", "https://a.example/hook"],
        ...["delivered", "opened", "clicked", "permanent_fail", "unsubscribed", "complained"].map((type) => [
          "event_types",
          type,
        ]),
      ],
    ]);
  });
});

describe("a mail", () => {
  test("has a link to unsubscribe, unless the integration hides it", () => {
    expect(mail(hi, target)).toMatchObject({
      text: "Hi\n\n-- \nUnsubscribe: %unsubscribe_url%",
      html: '<p>Hi</p>\n<p><small><a href="%unsubscribe_url%">Unsubscribe</a></small></p>',
    });
    expect(mail(hi)).toMatchObject({ text: "Hi", html: "<p>Hi</p>" });
  });

  test("is from the address that the owner chose, under the author's name", () => {
    const own = { ...silent, credentials: { ...silent.credentials, fromAddress: "me@shop.example" } };
    expect(mail(hi, own)).toMatchObject({ from: '"Ada" <me@shop.example>', "h:Reply-To": "me@shop.example" });
    expect(mail(hi, own, { author: {} })).toMatchObject({ from: "me@shop.example" });
    const named = { author: { displayName: 'A"d\\a\r\nBcc: x@y.example' } };
    expect(mail(hi, own, named).from).toBe('"AdaBcc: x@y.example" <me@shop.example>');
  });

  test("has the subject that was given, else that of the mail it answers, else the author's name", () => {
    const answering = { ...silent, latest };
    expect(mail(hi, answering, { subject: "Order 7" }).subject).toBe("Order 7");
    expect(mail(hi, { ...silent, latest: { ...latest, raw: { subject: "RE: Hello" } } }).subject).toBe("RE: Hello");
    expect(mail(hi).subject).toBe("New message from Ada");
    expect(mail(hi, silent, { author: {} }).subject).toBe("New message from hello@sandbox123.mailgun.org");
  });

  test("answers the quoted mail rather than the latest", () => {
    expect(mail(hi, { ...silent, latest }, { quotedExternalId: "<older@example.com>" })).toMatchObject({
      "h:In-Reply-To": "<older@example.com>",
      "h:References": "<older@example.com>",
    });
  });

  test("keeps the first id of a thread and the latest ones, and none that is no id", () => {
    const ids = Array.from({ length: 40 }, (_, index) => `<${index}@example.com>`);
    const long = { ...silent, latest: { ...latest, raw: { References: ids.join(" ") } } };
    expect(mail(hi, long)["h:References"]?.split(" ")).toEqual([
      "<0@example.com>",
      ...ids.slice(30),
      "<b@example.com>",
    ]);
    const strange = { ...silent, latest: { ...latest, externalId: "a\r\nBcc: x@y.example" } };
    expect(mail(hi, strange)["h:In-Reply-To"]).toBeUndefined();
  });

  test("goes to an address that was only claimed, too", () => {
    expect(mail(hi, targetOf(credentials, claimedId("jane@example.com"))).to).toBe("jane@example.com");
  });
});

describe("what a person sees", () => {
  test.each<[string, Content, string]>([
    ["a text, escaped", { type: "text", text: "1 < 2\nand\n\nmore" }, "<p>1 &lt; 2<br>\nand</p>\n<p>more</p>"],
    [
      "a picture with its text and buttons",
      {
        type: "image",
        mediaUrl: "https://a.example/a.png?a=1&b=2",
        altText: 'A "cat"',
        text: "Look",
        actions: [
          { type: "link", text: "More", uri: "https://a.example/" },
          { type: "postback", text: "Press", payload: "p" },
          { type: "reply", text: "Yes", payload: "y" },
        ],
      },
      '<p><img src="https://a.example/a.png?a=1&amp;b=2" alt="A &quot;cat&quot;" style="max-width:100%"></p>\n<p>Look</p>\n<p><a href="https://a.example/">More</a></p>\n<p>Yes</p>',
    ],
    [
      "a file as a link",
      { type: "file", mediaUrl: "https://a.example/a.pdf", altText: "a.pdf" },
      '<p><a href="https://a.example/a.pdf">a.pdf</a></p>',
    ],
    [
      "a place with a link to a map",
      { type: "location", coordinates: { lat: 1.5, long: 2.25 }, location: { name: "Café" } },
      '<p>Café</p>\n<p><a href="https://maps.google.com/maps?q=1.500000,2.250000">https://maps.google.com/maps?q=1.500000,2.250000</a></p>',
    ],
    [
      "items with their pictures and links",
      {
        type: "list",
        items: [
          {
            title: "One",
            description: "First",
            mediaUrl: "https://a.example/1.png",
            actions: [{ type: "link", text: "Go", uri: "https://a.example/1" }],
          },
        ],
      },
      '<p><img src="https://a.example/1.png" alt="" style="max-width:100%"></p>\n<p><strong>One</strong></p>\n<p>First</p>\n<p><a href="https://a.example/1">Go</a></p>',
    ],
    ["a form as its labels", { type: "form", fields: [{ type: "email", name: "e", label: "Mail" }] }, "<p>Mail</p>"],
  ])("%s", (_, content, expected) => {
    expect(mail(content).html).toBe(expected);
  });
});

describe("Mailgun's answer", () => {
  test("gives the mail's id", () => {
    expect(send.read(answerOf(200, { id: "<1@sandbox123.mailgun.org>", message: "Queued. Thank you." }))).toEqual({
      kind: "accepted",
      externalIds: ["<1@sandbox123.mailgun.org>"],
    });
  });

  test.each([
    [401, "Forbidden", "wrongCredentials"],
    [404, { message: "Domain not found: sandbox123.mailgun.org" }, "wrongCredentials"],
    [403, { message: "Sandbox subdomains are for test purposes only." }, "notPermitted"],
    [402, { message: "Payment required" }, "notPermitted"],
    [400, { message: "to parameter is not a valid address. please check documentation" }, "unreachable"],
    [400, { message: "'to' parameter is not a valid address. please check documentation" }, "unreachable"],
    [400, { message: "from parameter is missing" }, "refused"],
    [413, "", "refused"],
  ])("of status %s and body %j is for good: %s", (status, body, reason) => {
    expect(send.read(answerOf(status, body))).toMatchObject({ kind: "refused", failure: { reason } });
  });

  test.each([429, 500, 502])("of status %s is for now", (status) => {
    expect(send.read(answerOf(status, { message: "Slow down" }, { "retry-after": "7" }))).toMatchObject({
      kind: "later",
      seconds: 7,
    });
  });
});

test.each(["jane@example.com", "\ud800", ""])("whatever is sent to %j is a request", (id) => {
  const raw = { subject: {}, References: ["<a@b>"], "In-Reply-To": null };
  expectTotal(send, { ...targetOf(silent.credentials, id), latest: { ...latest, raw } }, (request) => {
    const { text = "", html = "" } = formOf(request);
    expect(text.trim()).not.toBe("");
    expect(html.trim()).not.toBe("");
  });
});

test("no field of an integration makes an exception", () => {
  const strange = { apiKey: "\ud800", domain: "\ud800", incomingAddress: true, fromAddress: "" };
  expect(send.write(outgoing(hi), targetOf(strange, "a@b.example"), key)).toHaveLength(1);
  expect(send.check?.({})?.method).toBe("GET");
  expect(send.register?.(strange, "https://a.example/")).toHaveLength(2);
});

describe("the sample of Mailgun", () => {
  const sampleTarget = { credentials, publicUrl: "https://sunroom.example/hook", now: new Date() };

  test.each(["delivered", "read", "failed"] as const)("reports on what it answered: %s", (state) => {
    const [request] = send.write(outgoing(hi), silent, key);
    if (request === undefined || !sample.answer || !sample.report) throw new Error("no request");
    expect(sample.readSent?.(request)).toEqual({ personId: "jane@example.com", text: "Hi" });
    const result = send.read(sample.answer(request, "any id"));
    const report = sample.report({ externalId: "any id", personId: "jane@example.com", state }, sampleTarget);
    const delivery = channelRequest({
      publicUrl: sampleTarget.publicUrl,
      ...sample.sign(report ?? "", sampleTarget),
      receivedAt: sampleTarget.now,
    });
    expect(receive.verify(delivery, credentials)).toEqual({ ok: true });
    const { receipts, events, skipped } = receive.parse(delivery, credentials);
    expect({ events, skipped }).toEqual({ events: [], skipped: [] });
    expect(receipts).toMatchObject([{ state, externalIds: "externalIds" in result ? result.externalIds : [] }]);
  });

  test("answers the check and the registration", () => {
    for (const request of [send.check?.(credentials), ...(send.register?.(credentials, "https://a.example/") ?? [])]) {
      expect(request && sample.answer && send.read(sample.answer(request, "x")).kind).toBe("accepted");
      expect(request && sample.readSent?.(request)).toBeUndefined();
    }
  });
});
