import { describe, expect, test } from "vitest";
import type { SamplePayload } from "../../lib/channels/contract.ts";
import type { ChannelType } from "../../lib/model/channel.ts";
import { connect, deliver, onlyPerson, peopleOf, type TestIntegration, textsOf } from "../support/channelPeople.ts";
import { startTestServer, type TestApp } from "../support/startTestServer.ts";
import { type WhatsappMessage, whatsappChange, whatsappPayload } from "../support/whatsappPayload.ts";

/** Providers deliver again for days, also what was acknowledged, and not in the order in which it happened. */

const server = await startTestServer();

const changedNumber = (from: string, to: string, seconds: number) =>
  whatsappChange({
    messages: [
      {
        from,
        id: `wamid.${from}-${to}-${seconds}`,
        timestamp: `${seconds}`,
        type: "system",
        system: { wa_id: to, type: "user_changed_number" },
      },
    ],
  });

const texts = async (app: TestApp) => (await peopleOf(server, app)).map((person) => textsOf(person));

const onWhatsapp = async () => {
  const app = await server.newApp();
  const integration = await connect(app, "whatsapp");
  return {
    app,
    say: (message: WhatsappMessage) => deliver(server, integration, whatsappPayload(message)),
    change: (from: string, to: string, seconds: number) =>
      deliver(server, integration, changedNumber(from, to, seconds)),
  };
};

describe("a message that comes again after its number became somebody else's", () => {
  test("makes one person neither of two people nor of one two, nor adds anything", async () => {
    const { app, say, change } = await onWhatsapp();
    const anna = { from: "16505550100", userId: "US.1", name: "Anna", id: "a1" };
    await say(anna);
    await change("16505550100", "16505550200", 1749416400);
    await say({ from: "16505550100", name: "Bob", id: "b1" });
    await say(anna);
    expect(await texts(app)).toEqual([["says a1"], ["says b1"]]);
    await say({ from: "16505550200", name: "Anna", id: "a2" });
    expect(await texts(app)).toEqual([["says a1", "says a2"], ["says b1"]]);
  });

  test("makes nobody of the number that nobody has", async () => {
    const { app, say, change } = await onWhatsapp();
    const first = { from: "16505550100", name: "Anna", id: "a1" };
    await say(first);
    await change("16505550100", "16505550200", 1749416400);
    await say(first);
    expect(await texts(app)).toEqual([["says a1"]]);
  });

  test("goes to nobody who has the number now, though it tells nothing of the person", async () => {
    const { app, say, change } = await onWhatsapp();
    const first = { from: "16505550100", name: "Anna", id: "a1" };
    await say(first);
    await change("16505550100", "16505550200", 1749416400);
    await say({ from: "16505550100", name: "Anna", id: "b1" });
    await say(first);
    expect(await texts(app)).toEqual([["says a1"], ["says b1"]]);
  });
});

describe("a change of numbers that comes again", () => {
  test("after somebody else got the old number makes the two nobody else", async () => {
    const { app, say, change } = await onWhatsapp();
    await say({ from: "16505550100", name: "Anna", id: "a1" });
    await change("16505550100", "16505550200", 1749416400);
    await say({ from: "16505550100", userId: "US.2", name: "Bob", id: "b1" });
    await change("16505550100", "16505550200", 1749416400);
    expect(await texts(app)).toEqual([["says a1"], ["says b1"]]);
  });

  test("after the person got the old number back leaves it theirs", async () => {
    const { app, say, change } = await onWhatsapp();
    await say({ from: "16505550100", name: "Anna", id: "a1" });
    await change("16505550100", "16505550200", 1749416400);
    await change("16505550200", "16505550100", 1749416500);
    await change("16505550100", "16505550200", 1749416400);
    await say({ from: "16505550200", name: "Carl", id: "c1" });
    await say({ from: "16505550100", name: "Anna", id: "a2" });
    expect(await texts(app)).toEqual([["says a1", "says a2"], ["says c1"]]);
  });
});

describe("a client's status", () => {
  const statusAfter = async (type: ChannelType, deliveries: readonly SamplePayload[]) => {
    const app = await server.newApp();
    const integration: TestIntegration = await connect(app, type);
    for (const delivery of deliveries) await deliver(server, integration, delivery);
    return (await onlyPerson(server, app)).clients[0]?.status;
  };
  const sms = (text: string, more: Readonly<Record<string, string>> = {}) => ({
    From: "+15140000000",
    To: "+15145550100",
    MessageSid: `SM-${text}`,
    SmsStatus: "received",
    Body: text,
    ...more,
  });
  const [hi, back] = [sms("hi"), sms("back")];
  const stop = sms("STOP", { OptOutType: "STOP" });
  const start = sms("START", { OptOutType: "START" });

  test.each([
    ["blocked", [stop]],
    ["blocked", [hi, stop, hi]],
    ["blocked", [hi, stop, start, { ...stop, MessageSid: "SM-again" }, start]],
    ["active", [hi, stop, start, stop]],
    ["active", [hi, stop, back, stop]],
  ])("is %s whatever SMS of before comes again (%#)", async (status, deliveries) => {
    expect(await statusAfter("twilio", deliveries)).toBe(status);
  });

  const lineEvent = (event: object, time: number) => ({
    destination: "U8e742f61d673b39c7fff3cecb7536ef0",
    events: [
      {
        mode: "active",
        timestamp: 1462629479859 + time,
        source: { type: "user", userId: "U4af4980629aa11b2c3d4e5f60718293a" },
        webhookEventId: `01FZ74A0TDDPYRVKNK77XKC3Z${time}`,
        deliveryContext: { isRedelivery: false },
        ...event,
      },
    ],
  });
  const viberEvent = (event: string, time: number, more: object = {}) => ({
    event,
    timestamp: 1457764197627 + time,
    message_token: 1 + time,
    ...more,
  });
  const viberUser = { id: "01234567890A=", name: "John", country: "UK", language: "en", api_version: 1 };

  test.each<[ChannelType, readonly SamplePayload[]]>([
    [
      "line",
      [
        lineEvent({ type: "message", message: { id: "1", type: "text", text: "x" } }, 0),
        lineEvent({ type: "follow", follow: { isUnblocked: true } }, 3),
        lineEvent({ type: "unfollow" }, 2),
      ],
    ],
    [
      "viber",
      [
        viberEvent("message", 0, { sender: viberUser, message: { type: "text", text: "x" } }),
        viberEvent("subscribed", 3, { user: viberUser }),
        viberEvent("unsubscribed", 2, { user_id: viberUser.id }),
      ],
    ],
  ])("on %s is active after a block from before the person came back", async (type, deliveries) => {
    expect(await statusAfter(type, deliveries)).toBe("active");
  });

  test("on telegram is blocked though a button that was pressed before comes again", async () => {
    const from = { id: 1111111, is_bot: false, first_name: "Test" };
    const chat = { id: 1111111, type: "private", first_name: "Test" };
    const pressed = {
      update_id: 2,
      callback_query: { id: "7", from, data: "yes", message: { message_id: 1, date: 1441645532, chat } },
    };
    const kicked = {
      update_id: 3,
      my_chat_member: { chat, from, date: 1441645540, new_chat_member: { status: "kicked" } },
    };
    const said = { update_id: 1, message: { message_id: 1, date: 1441645532, chat, from, text: "hello" } };
    expect(await statusAfter("telegram", [said, pressed, kicked, pressed])).toBe("blocked");
  });
});

test("a name stays the one told last when an older message comes again", async () => {
  const { app, say } = await onWhatsapp();
  const older = { from: "16505550100", name: "Old", id: "a1" };
  await say(older);
  await say({ ...older, name: "New", id: "a2" });
  await say(older);
  expect((await onlyPerson(server, app)).clients).toMatchObject([{ displayName: "New" }]);
});
