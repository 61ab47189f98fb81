import { describe, expect, test } from "vitest";
import { receive } from "../../../lib/channels/twilio/receive.ts";
import { sample } from "../../../lib/channels/twilio/sample.ts";
import { send } from "../../../lib/channels/twilio/send.ts";
import type { Credentials } from "../../../lib/model/channel.ts";
import type { ProviderRequest } from "../../../lib/model/channelCall.ts";
import type { Content } from "../../../lib/model/message.ts";
import { channelRequest } from "../examples.ts";
import { answerOf, expectTotal, key, outgoing, targetOf } from "../outgoing.ts";

const accountSid = "ACa1b4c65ee0722712fab89867cb14eac7";
const account = `https://api.twilio.com/2010-04-01/Accounts/${accountSid}`;
const secrets = { accountSid, authToken: "160c024303f53049e1e060fd67ca6aefc" };
const number: Credentials = { ...secrets, phoneNumberSid: "PN1", phoneNumber: "+15145550100" };
const service: Credentials = { ...secrets, messagingServiceSid: "MG1" };
const authorization = `Basic ${Buffer.from(`${accountSid}:${secrets.authToken}`).toString("base64")}`;
const headers = { authorization, "content-type": "application/x-www-form-urlencoded" };

const formIn = ({ body }: ProviderRequest) => [...new URLSearchParams(body)];
/** What a person at an address gets, beside what each request has. */
const shown = (content: Content, personId: string, credentials = number) =>
  send
    .write(outgoing(content), targetOf(credentials, personId), key)
    .map((request) => formIn(request).filter(([name]) => /^(Body|MediaUrl|PersistentAction)$/.test(name)))
    .map(Object.fromEntries);

/** Requests as twilio 6.3.1 makes them for the same messages; the order of a form's fields has no meaning. */
describe("the requests are those of twilio 6.3.1", () => {
  const sorted = (form: readonly (readonly string[])[]) => form.map((pair) => pair.join("=")).sort();
  const expectForm = (request: ProviderRequest | undefined, url: string, fields: Record<string, string>) => {
    expect(request).toMatchObject({ method: "POST", url, headers });
    expect(request && sorted(formIn(request))).toEqual(sorted(Object.entries(fields)));
  };

  test("a picture with a text, from a number", () => {
    const content: Content = { type: "image", mediaUrl: "https://files.example/a.png", text: "Grüße 🦊 & more" };
    const [request, ...more] = send.write(outgoing(content), targetOf(number, "+15140000000"), key);
    expect(more).toEqual([]);
    expectForm(request, `${account}/Messages.json`, {
      To: "+15140000000",
      StatusCallback: "https://sunroom.example/hook",
      From: "+15145550100",
      Body: "Grüße 🦊 & more",
      MediaUrl: "https://files.example/a.png",
    });
  });

  test("a place, by a messaging service", () => {
    const content: Content = { type: "location", coordinates: { lat: 1.5, long: 2.25 }, location: { name: "Here" } };
    const [request] = send.write(outgoing(content), targetOf(service, "whatsapp:+15140000000"), key);
    expectForm(request, `${account}/Messages.json`, {
      To: "whatsapp:+15140000000",
      StatusCallback: "https://sunroom.example/hook",
      MessagingServiceSid: "MG1",
      Body: "Here",
      PersistentAction: "geo:1.500000,2.250000|Here",
    });
  });

  test("typing on WhatsApp, the check and the registration", () => {
    const latest = { externalId: "SM1", received: "2026-11-24T08:00:00.000Z" };
    const typing = send.typing?.("typing:start", targetOf(number, "whatsapp:+15140000000"), latest);
    expectForm(typing, "https://messaging.twilio.com/v2/Indicators/Typing.json", {
      channel: "whatsapp",
      messageId: "SM1",
    });
    const sender = `${account}/IncomingPhoneNumbers/PN1.json`;
    expect(send.check?.(number)).toEqual({ method: "GET", url: sender, headers: { authorization } });
    const [registration] = send.register?.(number, "https://a.example/") ?? [];
    expectForm(registration, sender, { SmsMethod: "POST", SmsUrl: "https://a.example/" });
    const [ofService] = send.register?.(service, "https://a.example/") ?? [];
    expectForm(ofService, "https://messaging.twilio.com/v1/Services/MG1", {
      InboundRequestUrl: "https://a.example/",
      InboundMethod: "POST",
      UseInboundWebhookOnNumber: "false",
    });
  });
});

describe("what a person sees", () => {
  const picture: Content = { type: "image", mediaUrl: "https://a.example/a.png", text: "Look" };
  const asLink = { Body: "Look\nhttps://a.example/a.png" };

  test.each<[string, Content, string, object]>([
    ["a picture in an MMS", picture, "+15140000000", { Body: "Look", MediaUrl: "https://a.example/a.png" }],
    ["a link abroad, where no MMS goes", picture, "+4915112345678", asLink],
    [
      "a link to a picture of a type that MMS lacks",
      { ...picture, mediaType: "image/svg+xml" },
      "+15140000000",
      asLink,
    ],
    ["a link to a picture that is too large", { ...picture, mediaSize: 5_000_001 }, "+15140000000", asLink],
    ["a link to any other file", { ...picture, type: "file" }, "+15140000000", asLink],
    [
      "a file on WhatsApp",
      { type: "file", mediaUrl: "https://a.example/a.pdf" },
      "whatsapp:+4915112345678",
      { MediaUrl: "https://a.example/a.pdf" },
    ],
    [
      "buttons as lines",
      {
        type: "text",
        text: "Pick",
        actions: [
          { type: "reply", text: "Yes", payload: "y" },
          { type: "link", text: "More", uri: "https://a.example/" },
        ],
      },
      "+15140000000",
      { Body: "Pick\nYes\nMore https://a.example/" },
    ],
    [
      "a place as a link to a map by SMS",
      { type: "location", coordinates: { lat: 1.5, long: 2.25 } },
      "+15140000000",
      { Body: "Location shared:\nhttps://maps.google.com/maps?q=1.5,2.25" },
    ],
    [
      "a place without a name on WhatsApp",
      { type: "location", coordinates: { lat: 1.5, long: 2.25 } },
      "whatsapp:+15140000000",
      { Body: "Location", PersistentAction: "geo:1.500000,2.250000" },
    ],
  ])("%s", (_, content, personId, expected) => {
    expect(shown(content, personId)).toEqual([expected]);
  });

  test("a text beyond 1600 characters in parts, the first one with the picture", () => {
    const parts = shown({ ...picture, text: "word ".repeat(700).trim() }, "+15140000000");
    expect(parts.map((part) => [String(part.Body).length <= 1600, part.MediaUrl])).toEqual([
      [true, "https://a.example/a.png"],
      [true, undefined],
      [true, undefined],
    ]);
    expect(parts.map((part) => part.Body).join(" ")).toBe("word ".repeat(700).trim());
  });
});

describe("the sender", () => {
  const from = (credentials: Credentials, personId: string) => {
    const [request] = send.write(outgoing({ type: "text", text: "x" }), targetOf(credentials, personId), key);
    return Object.fromEntries(request ? formIn(request) : []).From;
  };

  test("is the number, which has to be learned, unless a messaging service picks one", () => {
    expect(send.mustLearn?.({ ...secrets, phoneNumberSid: "PN1" })).toBe(true);
    expect(send.mustLearn?.(number)).toBe(false);
    expect(send.mustLearn?.(service)).toBe(false);
    expect(send.learned?.(answerOf(200, { phone_number: "+15145550100" }))).toEqual({ phoneNumber: "+15145550100" });
    expect(send.learned?.(answerOf(200, { phone_number: 15145550100 }))).toEqual({});
    expect(send.learned?.(answerOf(200, "<html>"))).toEqual({});
    expect(from(number, "+15140000000")).toBe("+15145550100");
    expect(from(service, "+15140000000")).toBeUndefined();
  });

  test("has WhatsApp's prefix for a person of WhatsApp", () => {
    expect(from(number, "whatsapp:+15140000000")).toBe("whatsapp:+15145550100");
    expect(from(number, "whatsapp:US.1234")).toBe("whatsapp:+15145550100");
  });

  test("cannot show typing in an SMS, its end, or without a message of the person's", () => {
    const latest = { externalId: "SM1", received: "2026-11-24T08:00:00.000Z" };
    const whatsapp = targetOf(number, "whatsapp:+15140000000");
    expect(send.typing?.("typing:start", targetOf(number, "+15140000000"), latest)).toBeUndefined();
    expect(send.typing?.("typing:stop", whatsapp, latest)).toBeUndefined();
    expect(send.typing?.("typing:start", whatsapp, undefined)).toBeUndefined();
    expect(send.typing?.("typing:start", whatsapp, { ...latest, externalId: "derived" })).toBeUndefined();
  });

  test.each([
    "http://localhost:3000/hook",
    "http://127.0.0.1:3000/hook",
    "http://[::1]/hook",
    "https://192.168.1.2/hook",
    "no URL",
  ])("asks for no report at %s, where Twilio would refuse the message", (webhookUrl) => {
    const target = { ...targetOf(number, "+15140000000"), webhookUrl };
    const [request] = send.write(outgoing({ type: "text", text: "x" }), target, key);
    expect(request?.body).not.toContain("StatusCallback");
  });
});

test("no field of an integration makes an exception", () => {
  const strange = { accountSid: "\ud800", authToken: "\ud800", phoneNumberSid: true, messagingServiceSid: "" };
  expect(send.write(outgoing({ type: "text", text: "x" }), targetOf(strange, "+1"), key)).toHaveLength(1);
  expect(send.check?.({})?.method).toBe("GET");
  expect(send.register?.(strange, "https://a.example/")).toHaveLength(1);
});

describe("Twilio's answer", () => {
  test("gives the message's id", () => {
    expect(send.read(answerOf(201, { sid: "SM1", status: "queued", error_code: null }))).toEqual({
      kind: "accepted",
      externalIds: ["SM1"],
    });
  });

  test.each([
    [401, 20003, "wrongCredentials"],
    [404, 20404, "wrongCredentials"],
    [400, 21211, "unreachable"],
    [400, 21614, "unreachable"],
    [400, 21610, "notPermitted"],
    [400, 21408, "notPermitted"],
    [400, 21606, "notPermitted"],
    [400, 63016, "windowClosed"],
    [400, 21617, "refused"],
    [400, 99999, "refused"],
    [401, undefined, "wrongCredentials"],
  ])("of status %s and code %s is for good: %s", (status, code, reason) => {
    const answer = answerOf(status, { code, message: "Words", status });
    expect(send.read(answer)).toMatchObject({ kind: "refused", failure: { reason } });
  });

  test.each([
    [429, 20429],
    [400, 21611],
    [400, 14107],
    [503, undefined],
    [500, 20500],
  ])("of status %s and code %s is for now", (status, code) => {
    const answer = answerOf(status, { code, message: "Words" }, { "retry-after": "7" });
    expect(send.read(answer)).toMatchObject({ kind: "later", seconds: 7 });
  });

  test("of a message that failed at once is a refusal", () => {
    const answer = answerOf(201, { sid: "SM1", status: "failed", error_code: 21610, error_message: "Opted out" });
    expect(send.read(answer)).toEqual({
      kind: "refused",
      failure: { reason: "notPermitted", message: "Opted out (Twilio's code 21610)" },
    });
  });
});

test.each(["+15140000000", "whatsapp:+15140000000", "rcs:x", "\ud800"])("whatever is sent to %j is a request", (id) => {
  expectTotal(send, targetOf(number, id), (request) => {
    const form = new URLSearchParams(request.body);
    expect((form.get("Body") ?? "").length).toBeLessThanOrEqual(1600);
    expect(form.get("Body") || form.get("MediaUrl")).toBeTruthy();
  });
});

describe("the sample of Twilio", () => {
  const target = { credentials: number, publicUrl: "https://sunroom.example/hook", now: new Date() };

  test.each(["delivered", "read", "failed"] as const)("reports on what it answered: %s", (state) => {
    const [request] = send.write(outgoing({ type: "text", text: "Hi" }), targetOf(number, "+15140000000"), key);
    if (request === undefined || !sample.answer || !sample.report) throw new Error("no request");
    expect(sample.readSent?.(request)).toEqual({ personId: "+15140000000", text: "Hi" });
    const result = send.read(sample.answer(request, "any id"));
    const report = sample.report({ externalId: "any id", personId: "+15140000000", state }, target);
    const delivery = channelRequest({ publicUrl: target.publicUrl, ...sample.sign(report ?? "", target) });
    expect(receive.verify(delivery, number)).toEqual({ ok: true });
    const { receipts, events, skipped } = receive.parse(delivery, number);
    expect({ events, skipped }).toEqual({ events: [], skipped: [] });
    expect(receipts).toMatchObject([{ state, externalIds: "externalIds" in result ? result.externalIds : [] }]);
  });

  test("answers the check, typing and the registration", () => {
    const answered = (request: ProviderRequest | undefined) =>
      request && sample.answer && send.read(sample.answer(request, "x")).kind;
    const latest = { externalId: "SM1", received: "2026-11-24T08:00:00.000Z" };
    expect(answered(send.check?.(number))).toBe("accepted");
    expect(answered(send.typing?.("typing:start", targetOf(number, "whatsapp:+1"), latest))).toBe("accepted");
    for (const request of send.register?.(number, "https://a.example/") ?? [])
      expect(answered(request)).toBe("accepted");
    const check = send.check?.(number);
    expect(check && sample.answer && send.learned?.(sample.answer(check, "x"))).toEqual({
      phoneNumber: "+15145550100",
    });
    expect(check && sample.readSent?.(check)).toBeUndefined();
  });
});
