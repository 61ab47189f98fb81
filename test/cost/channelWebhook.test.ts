import { describe, expect, test } from "vitest";
import type { SamplePayload } from "../../lib/channels/contract.ts";
import { channelSample } from "../../lib/local/channelSamples.ts";
import { type ChannelType, channelTypes } from "../../lib/model/channel.ts";
import { connect, deliver, type TestIntegration, write } from "../support/channelPeople.ts";
import { startProxiedServer } from "../support/startProxiedServer.ts";
import { whatsappPayload } from "../support/whatsappPayload.ts";

const { proxy, server, costOf } = await startProxiedServer();
const app = await server.newApp();

/** An integration that the webhook knows already. */
async function known(type: TestIntegration["type"]): Promise<TestIntegration> {
  const integration = await connect(app, type);
  await write(server, integration);
  return integration;
}

describe("channelWebhook costs", () => {
  test.each(channelTypes.filter((type) => type !== "mailgun"))(
    "on %s at most 2 calls and 8 write units for a first contact, 3 and 3 after, and 2 and 2 for a redelivery",
    async (type) => {
      const integration = await known(type);
      const say = (messageId: string) => () => write(server, integration, { id: "15145559999", messageId });
      const first = await costOf(200, say("1"));
      expect(first.calls).toEqual(["BatchGetItem", "TransactWriteItems"]);
      expect(first.write).toBeLessThanOrEqual(8);
      for (const messageId of ["2", "3"]) {
        const next = await costOf(200, say(messageId));
        expect(next.calls).toEqual(["BatchGetItem", "PutItem", "UpdateItem"]);
        expect(next.write).toBeLessThanOrEqual(3);
      }
      for (const messageId of ["1", "3"]) {
        const again = await costOf(200, say(messageId));
        expect(again.calls).toEqual(["BatchGetItem", "PutItem"]);
        expect(again.write).toBeLessThanOrEqual(2);
      }
    },
  );

  test("on mailgun a call and a unit more for each, which remember what a signature served", async () => {
    const integration = await known("mailgun");
    const say = (messageId: string) => () => write(server, integration, { id: "jane@example.com", messageId });
    const first = await costOf(200, say("1"));
    expect(first).toMatchObject({ calls: ["PutItem", "BatchGetItem", "TransactWriteItems"], write: 8 });
    const next = await costOf(200, say("2"));
    expect(next).toMatchObject({ calls: ["PutItem", "BatchGetItem", "PutItem", "UpdateItem"], write: 4 });
    const again = await costOf(200, say("2"));
    expect(again.calls).toEqual(["PutItem", "BatchGetItem", "PutItem"]);
    expect(again.write).toBeLessThanOrEqual(2);
  });
  test.each(channelTypes)(
    "on %s no more for a text with fields that the provider invented since, and no unit for its tokens",
    async (type) => {
      const integration = await known(type);
      const text = "hello ".repeat(25);
      // What the signature of a mail served.
      const remembered = type === "mailgun" ? ["PutItem"] : [];
      const say = (messageId: string, fields: object) => () => {
        const { credentials, webhookUrl } = integration;
        const person = { id: "15145558888", name: "Zoë Müller", text, messageId };
        const sample = channelSample(type, { credentials, publicUrl: webhookUrl, now: new Date(), person });
        return deliver(server, integration, withFields(type, sample.body, fields));
      };
      const tokens = { markAsReadToken: "m".repeat(220), quoteToken: "q".repeat(90), inventedToken: "i".repeat(220) };
      const plain = await costOf(200, say("1", {}));
      await costOf(200, say("2", {}));
      for (const [id, fields] of [tokens, { invented: { kind: "new" } }, { invented: true, another: 7 }].entries()) {
        const cost = await costOf(200, say(String(id + 3), fields));
        expect(cost.calls).toEqual([...remembered, "BatchGetItem", "PutItem", "UpdateItem"]);
        expect(cost.write).toBeLessThanOrEqual(3 + remembered.length);
      }
      const stranger = await known(type);
      const first = await costOf(200, () => {
        const { credentials, webhookUrl } = stranger;
        const person = { id: "15145557777", name: "Zoë Müller", text, messageId: "9" };
        const sample = channelSample(type, { credentials, publicUrl: webhookUrl, now: new Date(), person });
        return deliver(server, stranger, withFields(type, sample.body, tokens));
      });
      expect(first.write).toBeLessThanOrEqual(Math.max(8, plain.write));
    },
  );

  test.each([
    ["number and id", { from: "16505551111", userId: "US.11" }],
    ["number, id and parent id", { from: "16505552222", userId: "US.22", parentUserId: "US.ENT.22" }],
  ])("on a person of several ids no more, but 2 units at first contact for each further id: %s", async (_, ids) => {
    const integration = await known("whatsapp");
    const { from, userId } = ids;
    const say = (id: string, known: object) => () => deliver(server, integration, whatsappPayload({ ...known, id }));
    const first = await costOf(200, say("1", ids));
    expect(first.calls).toEqual(["BatchGetItem", "TransactWriteItems"]);
    // Each further id has an address of its own: one more item of the transaction.
    expect(first.write).toBeLessThanOrEqual(7 + 2 * (Object.keys(ids).length - 1));
    for (const [index, known] of [ids, { from }, { userId }].entries()) {
      const next = await costOf(200, say(`next-${index}`, known));
      expect(next.calls.length).toBeLessThanOrEqual(3);
      expect(next.write).toBeLessThanOrEqual(3);
      const again = await costOf(200, say(`next-${index}`, known));
      // Whether it was counted is said by the conversation, which comes along with the id that the person was born with.
      expect(again.calls).toEqual(["BatchGetItem", "PutItem", ...("from" in known ? [] : ["GetItem"])]);
      expect(again.write).toBeLessThanOrEqual(2);
    }
  });

  test("3 calls and 3 units for each of many messages, and once in sixteen two calls and a unit more", async () => {
    const integration = await known("whatsapp");
    const say = (messageId: string) => () => write(server, integration, { id: "15145558888", messageId });
    await say("0")();
    const costs: { calls: readonly string[]; write: number }[] = [];
    for (let id = 1; id <= 64; id++) costs.push(await costOf(200, say(String(id))));
    const dearer = costs.filter(({ calls, write }) => calls.length > 3 || write > 3);
    expect(dearer.map(({ calls, write }) => [calls, write])).toEqual([
      // There is nothing to look through before the second turn.
      [["BatchGetItem", "PutItem", "UpdateItem", "UpdateItem"], 4],
      [["BatchGetItem", "PutItem", "Query", "UpdateItem", "UpdateItem"], 4],
      [["BatchGetItem", "PutItem", "Query", "UpdateItem", "UpdateItem"], 4],
    ]);
    const again = await costOf(200, say("1"));
    expect(again.calls).toEqual(["BatchGetItem", "PutItem"]);
    expect(again.write).toBeLessThanOrEqual(2);
  });

  test("a read and no write for what makes nobody, and nothing at all for what is not genuine", async () => {
    const integration = await known("telegram");
    const blocked = {
      update_id: 7,
      my_chat_member: {
        chat: { id: 5, type: "private" },
        from: { id: 5, is_bot: false },
        date: 7,
        new_chat_member: { status: "kicked" },
      },
    };
    expect((await costOf(200, () => deliver(server, integration, blocked))).calls).toEqual(["BatchGetItem"]);
    expect((await costOf(200, () => deliver(server, integration, { update_id: 8, poll: {} }))).calls).toEqual([]);
    proxy.reset();
    expect((await server.as().post(new URL(integration.webhookUrl).pathname, "{}")).status).toBe(401);
    expect(proxy.calls).toEqual([]);
  });

  test("two reads for the first delivery that a Lambda meets, before anything is stored", async () => {
    const integration = await connect(app, "telegram");
    const { calls } = await costOf(200, () => write(server, integration));
    expect(calls).toEqual(["GetItem", "BatchGetItem", "TransactWriteItems"]);
  });
});

/** A sample with more fields where its channel's message has its own. */
function withFields(type: ChannelType, body: string, fields: object): SamplePayload {
  if (type === "twilio" || type === "mailgun") {
    const written = Object.entries(fields).map(([name, value]) => [
      name,
      typeof value === "object" ? JSON.stringify(value) : value,
    ]);
    const { timestamp: _, token: __, signature: ___, ...form } = Object.fromEntries(new URLSearchParams(body));
    return { ...form, ...Object.fromEntries(written) };
  }
  const payload = JSON.parse(body);
  const entry = payload.entry?.[0];
  const message =
    entry?.changes?.[0]?.value.messages[0] ??
    entry?.messaging[0].message ??
    payload.events?.[0].message ??
    payload.message ??
    payload;
  Object.assign(message, fields);
  return payload;
}
