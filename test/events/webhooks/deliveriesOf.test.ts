import { describe, expect, test } from "vitest";
import type { NamedRecords } from "../../../lib/events/payload/namedRecords.ts";
import { deliveriesOf } from "../../../lib/events/webhooks/deliveriesOf.ts";
import { newConversation, newParticipant } from "../../../lib/model/conversation.ts";
import type { AppEvent } from "../../../lib/model/events/event.ts";
import type { Webhook } from "../../../lib/model/events/webhook.ts";
import type { Message } from "../../../lib/model/message.ts";
import { ada, client, now } from "../../support/ada.ts";

const participants = [ada, { id: "2" }].map((user) => newParticipant(`of ${user.id}`, user, []));
const conversation = newConversation("app", "c", now, { type: "sdkGroup", isDefault: false, participants });
const origin = { reason: "none", source: { type: "api:conversations" } } as const;
const records = (raw: object = {}): NamedRecords => ({
  user: () => ({ ...ada, clients: [{ ...client, raw: { raw } }] }),
  conversation: () => ({ kind: "open", conversation, origin }),
});
const message: Message = {
  id: "m",
  received: now.toISOString(),
  author: { type: "user", userId: "2" },
  content: { type: "text", text: "Hello" },
  source: { type: "line", integrationId: "line" },
};
const event: AppEvent = {
  id: "event",
  appId: "app",
  createdAt: now.toISOString(),
  conversationId: "c",
  detail: { type: "conversation:message", message },
};
const webhook = (id: string, options: Partial<Webhook> = {}): Webhook => ({
  id,
  integrationId: "custom",
  target: "https://example.com/",
  triggers: ["conversation:message"],
  secret: "secret",
  includeFullUser: false,
  includeFullSource: false,
  createdAt: now.toISOString(),
  ...options,
});
const userIn = (payload: unknown) => (payload as { message: { author: { user: object } } }).message.author.user;

describe("an event", () => {
  test("is one delivery to each webhook, in the form that it asks for", () => {
    const webhooks = [webhook("1"), webhook("2", { includeFullUser: true }), webhook("3")];
    const deliveries = deliveriesOf(event, webhooks, records(), now);
    expect(deliveries.map((one) => one.webhookId)).toEqual(["1", "2", "3"]);
    expect(deliveries.map(({ event }) => "profile" in userIn(event.payload))).toEqual([false, true, false]);
    expect(deliveries[0]).toMatchObject({
      appId: "app",
      event: { id: "event", type: "conversation:message", createdAt: now.toISOString() },
      orderedBy: "c",
      queuedAt: now.toISOString(),
      attempts: [],
    });
  });

  test("has the same delivery to a webhook whenever it is published, and another to every other", () => {
    const ids = (of: AppEvent) =>
      deliveriesOf(of, [webhook("1"), webhook("2")], records(), new Date()).map(({ id }) => id);
    expect(ids(event)).toEqual(ids({ ...event, createdAt: new Date().toISOString() }));
    expect(new Set([...ids(event), ...ids({ ...event, id: "other" })]).size).toBe(4);
    expect(ids(event)).toEqual([expect.stringMatching(/^[0-9a-f]{24}$/), expect.stringMatching(/^[0-9a-f]{24}$/)]);
  });

  test("names its users, the one that it is about first", () => {
    const named = (of: AppEvent) => deliveriesOf(of, [webhook("1")], records(), now).map(({ userIds }) => userIds);
    const discarded = { ...ada, id: "3" };
    const merge = { reason: "sdkLogin", survivorId: "1" } as const;
    expect(named(event)).toEqual([["2", "1"]]);
    expect(named({ ...event, detail: { type: "conversation:remove", conversation } })).toEqual([["1", "2"]]);
    expect(
      named({ ...event, conversationId: undefined, detail: { type: "user:merge", discarded, merge } }).map((ids) =>
        ids.slice(0, 2),
      ),
    ).toEqual([["1", "3"]]);
  });

  test("without a conversation is ordered by its user", () => {
    const detail = { type: "user:remove", user: ada } as const;
    const [delivery] = deliveriesOf(
      { ...event, conversationId: undefined, userId: "1", detail },
      [webhook("1")],
      records(),
      now,
    );
    expect(delivery).toMatchObject({ orderedBy: "1", userIds: ["1"] });
  });
});

describe("a delivery larger than a queue takes", () => {
  const full = webhook("1", { includeFullSource: true });
  const sizes = (change: Partial<Message>, raw: object) => {
    const [delivery] = deliveriesOf(
      { ...event, detail: { type: "conversation:message", message: { ...message, ...change } } },
      [full],
      records(raw),
      now,
    );
    return { bytes: Buffer.byteLength(JSON.stringify(delivery)), payload: JSON.stringify(delivery?.event.payload) };
  };
  const much = { much: "€".repeat(50_000) };
  const limit = 245_760;

  test("has everything up to the limit", () => {
    const { payload } = sizes({ raw: { a: "message" } }, { b: "client" });
    expect(payload).toContain('"raw":{"a":"message"}');
    expect(payload).toContain('{"b":"client"}');
  });

  test("leaves out what the channel sent of the client, then of the message", () => {
    const withoutClient = sizes({ raw: much }, much);
    expect(withoutClient.bytes).toBeLessThan(limit);
    expect(withoutClient.payload.split('"raw"').length).toBe(2);
    const without = sizes({ raw: { ...much, more: much.much } }, {});
    expect(without.bytes).toBeLessThan(limit);
    expect(without.payload).not.toContain('"raw"');
  });

  test("leaves out all but the text of a content that is as large itself", () => {
    const actions = Array.from(
      { length: 10 },
      () => ({ type: "postback", text: "€", payload: "€".repeat(10_000) }) as const,
    );
    const { bytes, payload } = sizes({ content: { type: "text", text: "Choose", actions } }, {});
    expect(bytes).toBeLessThan(limit);
    expect(payload).toContain('"content":{"type":"text","text":"Choose"}');
  });
});
