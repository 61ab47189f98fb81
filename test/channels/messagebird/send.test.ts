import { describe, expect, test } from "vitest";
import { receive } from "../../../lib/channels/messagebird/receive.ts";
import { sample } from "../../../lib/channels/messagebird/sample.ts";
import { send } from "../../../lib/channels/messagebird/send.ts";
import type { Content } from "../../../lib/model/message.ts";
import { channelRequest } from "../examples.ts";
import { answerOf, expectTotal, key, outgoing, readRequest, targetOf } from "../outgoing.ts";

const credentials = { accessKey: "9V2iJmd93kFJ390L9495JCl11", signingKey: "Uu6N09Lk", originator: "12262121021" };
const target = targetOf(credentials, "+31612345678");
const authorization = "AccessKey 9V2iJmd93kFJ390L9495JCl11";
const bodies = (content: Content) =>
  send.write(outgoing(content), target, key).map((request) => String(readRequest(request).body?.body));

describe("the requests are those of messagebird 4.0.1", () => {
  test("a text", () => {
    const requests = send.write(outgoing({ type: "text", text: "Grüße 🦊 & more" }), target, key);
    expect(requests).toEqual([
      {
        method: "POST",
        url: "https://rest.messagebird.com/messages",
        headers: { authorization, "content-type": "application/json" },
        body: `{"originator":"12262121021","recipients":"31612345678","body":"Grüße 🦊 & more","datacoding":"auto","reference":"${key(0)}","reportUrl":"https://sunroom.example/hook"}`,
      },
    ]);
  });

  test("the check", () => {
    expect(send.check?.(credentials)).toEqual({
      method: "GET",
      url: "https://rest.messagebird.com/balance",
      headers: { authorization },
    });
  });
});

describe("what a person sees", () => {
  test.each<[string, Content, string]>([
    [
      "a picture as a link",
      { type: "image", mediaUrl: "https://a.example/a.png", text: "Look" },
      "Look\nhttps://a.example/a.png",
    ],
    ["a file as a link", { type: "file", mediaUrl: "https://a.example/a.pdf" }, "https://a.example/a.pdf"],
    [
      "buttons as lines",
      { type: "text", text: "Pick", actions: [{ type: "link", text: "More", uri: "https://a.example/" }] },
      "Pick\nMore https://a.example/",
    ],
    [
      "a place as a link to a map",
      { type: "location", coordinates: { lat: 1.5, long: 2.25 } },
      "Location shared:\nhttps://maps.google.com/maps?q=1.5,2.25",
    ],
  ])("%s", (_, content, expected) => {
    expect(bodies(content)).toEqual([expected]);
  });

  test.each([
    ["the GSM alphabet", "a", 1377],
    ["the GSM alphabet's second table", "€", 688],
    ["any other alphabet", "я", 603],
  ])("a long text of %s in parts of nine SMS, each with a reference of its own", (_, letter, size) => {
    const text = letter.repeat(size + 1);
    expect(bodies({ type: "text", text }).map((part) => part.length)).toEqual([size, 1]);
    const references = send.write(outgoing({ type: "text", text }), target, key).map(readRequest);
    expect(references.map(({ body }) => body?.reference)).toEqual([key(0), key(1)]);
  });

  test("no report is asked for at an address of this machine", () => {
    const local = { ...target, webhookUrl: "http://localhost:3000/hook" };
    const [request] = send.write(outgoing({ type: "text", text: "x" }), local, key);
    expect(request?.body).not.toContain("reportUrl");
  });
});

describe("MessageBird's answer", () => {
  const error = (status: number, code: number, parameter: string | null = null) =>
    answerOf(status, { errors: [{ code, description: "Words", parameter }] });

  test("gives the message's id", () => {
    expect(send.read(answerOf(201, { id: "e8077d80", recipients: { items: [] } }))).toEqual({
      kind: "accepted",
      externalIds: ["e8077d80"],
    });
  });

  test.each([
    [error(401, 2, "access_key"), "wrongCredentials"],
    [error(422, 25), "notPermitted"],
    [error(422, 10, "recipients"), "unreachable"],
    [error(422, 9, "originator"), "notPermitted"],
    [error(422, 10, "body"), "refused"],
    [error(422, 21), "refused"],
    [answerOf(401, ""), "wrongCredentials"],
  ])("that refuses for good says why: %j is %s", (answer, reason) => {
    expect(send.read(answer)).toMatchObject({ kind: "refused", failure: { reason } });
  });

  test.each([[error(500, 99)], [error(429, 29)], [answerOf(502, "<html>")]])("%j is for now", (answer) => {
    expect(send.read(answer).kind).toBe("later");
  });
});

test.each(["+31612345678", "BANK", "\ud800"])("whatever is sent to %j is a request", (id) => {
  expectTotal(send, targetOf(credentials, id), (request) => {
    const body = String(readRequest(request).body?.body);
    expect(body.trim()).not.toBe("");
    expect(body.length).toBeLessThanOrEqual(1377);
  });
});

describe("the sample of MessageBird", () => {
  const sampleTarget = { credentials, publicUrl: "https://sunroom.example/hook", now: new Date() };

  test.each(["delivered", "failed"] as const)("reports on what it answered: %s", (state) => {
    const [request] = send.write(outgoing({ type: "text", text: "Hi" }), target, key);
    if (request === undefined || !sample.answer || !sample.report) throw new Error("no request");
    expect(sample.readSent?.(request)).toEqual({ personId: "+31612345678", text: "Hi" });
    expect(send.read(sample.answer(request, "any id"))).toEqual({ kind: "accepted", externalIds: ["any id"] });
    const report = sample.report({ externalId: "any id", personId: "+31612345678", state }, sampleTarget);
    const delivery = channelRequest({ publicUrl: sampleTarget.publicUrl, ...sample.sign(report ?? "", sampleTarget) });
    expect(receive.verify(delivery, credentials)).toEqual({ ok: true });
    const { receipts, events, skipped } = receive.parse(delivery, credentials);
    expect({ events, skipped }).toEqual({ events: [], skipped: [] });
    expect(receipts).toMatchObject([{ state, externalIds: ["any id"], occurredAt: sampleTarget.now }]);
  });

  test("knows of no reading, and answers the check", () => {
    expect(sample.report?.({ externalId: "1", personId: "+31612345678", state: "read" }, sampleTarget)).toBeUndefined();
    const check = send.check?.(credentials);
    expect(check && sample.answer && send.read(sample.answer(check, "x")).kind).toBe("accepted");
    expect(check && sample.readSent?.(check)).toBeUndefined();
  });
});
