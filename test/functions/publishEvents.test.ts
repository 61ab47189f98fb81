import type { DynamoDBRecord } from "aws-lambda";
import { describe, expect, test } from "vitest";
import { openDb } from "../../lib/db/db.ts";
import { conversationKey } from "../../lib/db/keys.ts";
import { updateItem } from "../../lib/db/writeItems.ts";
import { publishRecords } from "../../lib/events/webhooks/publishRecords.ts";
import { publishTyping } from "../../lib/events/webhooks/publishTyping.ts";
import { newConversation as newTalk } from "../../lib/model/conversation.ts";
import type { QueuedDelivery } from "../../lib/model/events/webhookDelivery.ts";
import type { LogEntry } from "../../lib/model/log.ts";
import { newUser as newPerson } from "../../lib/model/user.ts";
import { newConversation, newGroup, newPersonal, newUser, say } from "../support/business.ts";
import { newBot, newWhatsapp } from "../support/channelPeople.ts";
import { heldChannelQueue } from "../support/heldChannelQueue.ts";
import { newWebPage } from "../support/newDevice.ts";
import { runtimeOf } from "../support/runtimeOf.ts";
import { startProxy } from "../support/startProxy.ts";
import type { TestApp } from "../support/startTestServer.ts";
import { newWebhook, startToldServer } from "../support/startToldServer.ts";

const { server, records, queued, publish, publishThese } = await startToldServer();

const birth = ["conversation:create", "conversation:message"] as const;
const typesOf = (deliveries: readonly QueuedDelivery[]) => deliveries.map(({ event }) => event.type);
/** The texts of the messages that deliveries tell. */
const textsOf = (deliveries: readonly QueuedDelivery[]) =>
  deliveries.flatMap(({ event }) => {
    const { message } = event.payload as { message?: { content: { text: string } } };
    return message ? [message.content.text] : [];
  });
const idsOf = (deliveries: readonly QueuedDelivery[]) => deliveries.map(({ id }) => id).sort();

/** Makes an app with a webhook, and forgets what was told until then. */
async function newHearing(triggers: readonly string[] = birth) {
  const app = await server.newApp();
  const webhook = await newWebhook(app, { triggers: triggers as never });
  await publish();
  return { app, webhook };
}
const isMessage = ({ dynamodb }: DynamoDBRecord) => dynamodb?.Keys?.sk?.S?.startsWith("message#") === true;
const remove = (app: TestApp) => server.account.delete(`/v2/apps/${app.id}`);

describe("publishEvents", () => {
  test("queues a user's first message after the creation of its conversation", async () => {
    const { app, webhook } = await newHearing();
    await (await newBot(server, app)).write("1", "Hello");
    const deliveries = await publish();
    expect(typesOf(deliveries)).toEqual([...birth]);
    expect(deliveries).toMatchObject([
      { appId: app.id, webhookId: webhook.id, attempts: [], event: { payload: { creationReason: "message" } } },
      {
        appId: app.id,
        webhookId: webhook.id,
        attempts: [],
        event: { payload: { message: { author: { type: "user" } } } },
      },
    ]);
    expect(new Set(deliveries.map(({ orderedBy }) => orderedBy)).size).toBe(1);
  });

  test("queues nothing that a webhook does not listen for", async () => {
    const { app } = await newHearing(["conversation:remove"]);
    const { conversationId } = await newGroup(app, 2);
    await say(app, conversationId, "Hello");
    expect(await publish()).toEqual([]);
    await app.api.delete(`/v2/apps/${app.id}/conversations/${conversationId}`);
    expect(typesOf(await publish())).toEqual(["conversation:remove"]);
  });

  test("queues an event for each webhook that listens for it", async () => {
    const { app, webhook } = await newHearing(["conversation:message"]);
    const others = [
      await newWebhook(app, { triggers: ["conversation:message"] }),
      await newWebhook(app, { triggers: ["conversation:read"] }),
    ];
    await say(app, (await newPersonal(app)).conversationId, "Hello");
    const deliveries = await publish();
    expect(deliveries.map(({ webhookId }) => webhookId)).toEqual([webhook.id, others[0]?.id]);
    expect(new Set(idsOf(deliveries)).size).toBe(2);
    expect(new Set(deliveries.map(({ event }) => event.id)).size).toBe(1);
  });

  test("hears of no other app: each webhook is told of its own app alone", async () => {
    const [one, other] = [await newHearing(), await newHearing()];
    const deaf = await server.newApp();
    const words = new Map([one.app, other.app, deaf].map((app, index) => [app, `of app ${index}`]));
    for (const [app, text] of words) await say(app, (await newPersonal(app)).conversationId, text);
    const deliveries = await publish();
    expect(deliveries.length).toBe(4);
    for (const { app, webhook } of [one, other]) {
      const own = deliveries.filter(({ webhookId }) => webhookId === webhook.id);
      expect(textsOf(own)).toEqual([words.get(app)]);
      expect(own.every(({ appId }) => appId === app.id)).toBe(true);
    }
  });

  test("tells a new webhook of what comes after it, and a deleted one of nothing more", async () => {
    const app = await server.newApp();
    const { conversationId } = await newPersonal(app);
    await say(app, conversationId, "before");
    await publish();
    const webhook = await newWebhook(app, { triggers: ["conversation:message"] });
    await say(app, conversationId, "after");
    expect(textsOf(await publish())).toEqual(["after"]);
    await app.api.delete(`/v2/apps/${app.id}/integrations/${webhook.integrationId}/webhooks/${webhook.id}`);
    await say(app, conversationId, "too late");
    expect(await publish()).toEqual([]);
  });

  test("tells messages of one conversation in their own order, however their records come", async () => {
    const { app } = await newHearing();
    const { conversationId } = await newPersonal(app);
    const texts = Array.from({ length: 12 }, (_, index) => `message ${index}`);
    for (const text of texts) await say(app, conversationId, text);
    const { deliveries } = await publishThese((await records()).toReversed());
    expect(typesOf(deliveries)[0]).toBe("conversation:create");
    expect(textsOf(deliveries)).toEqual(texts);
  });

  test("tells of a young conversation's creation before a message of which the record comes first", async () => {
    const { app } = await newHearing();
    await say(app, (await newPersonal(app)).conversationId, "Hello");
    const all = await records();
    const early = await publishThese(all.filter(isMessage));
    const late = await publishThese(all.filter((record) => !isMessage(record)));
    expect(typesOf(early.deliveries)).toEqual([...birth]);
    // The queue drops the second of two deliveries with one id.
    expect(idsOf(late.deliveries)).toEqual(idsOf(early.deliveries.slice(0, 1)));
  });

  test("makes the same deliveries of the same records, at any time and in any parts", async () => {
    const { app } = await newHearing([...birth, "conversation:read", "user:remove", "user:merge", "client:add"]);
    const page = await newWebPage(server, app);
    const guest = await page.visit("Hello");
    const { externalId } = await newUser(app);
    await page.signIn(externalId, {}, guest);
    await app.api.delete(`/v2/apps/${app.id}/users/${externalId}`);
    const all = await records();
    const first = await publishThese(all);
    const again = await publishThese(all);
    expect(idsOf(again.deliveries)).toEqual(idsOf(first.deliveries));
    expect(typesOf(first.deliveries)).toEqual(expect.arrayContaining(["user:merge", "user:remove"]));
    const parts: QueuedDelivery[] = [];
    for (const record of all) parts.push(...(await publishThese([record])).deliveries);
    expect([...new Set(idsOf(parts))]).toEqual(idsOf(first.deliveries));
  });

  test("tells a deleted app's webhooks of what was committed before, and of nothing that its clearing removes", async () => {
    const triggers = [...birth, "conversation:remove", "user:remove"] as const;
    const { app, webhook } = await newHearing(triggers);
    const { user, conversationId } = await newPersonal(app);
    const left = await newPersonal(app);
    await say(app, conversationId, "Goodbye");
    await app.api.delete(`/v2/apps/${app.id}/users/${user.id}`);
    expect(await remove(app)).toMatchObject({ status: 200 });
    const deliveries = await publish();
    expect(textsOf(deliveries)).toEqual(["Goodbye"]);
    expect(typesOf(deliveries).filter((type) => type === "user:remove")).toEqual(["user:remove"]);
    expect(deliveries.every(({ webhookId }) => webhookId === webhook.id)).toBe(true);
    expect(JSON.stringify(deliveries)).not.toContain(
      `"conversation:remove","payload":{"conversation":{"id":"${left.conversationId}"`,
    );
  });

  test("fails for a record that cannot be told, and tells all others", async () => {
    const { app } = await newHearing(["conversation:message"]);
    const { conversationId } = await newPersonal(app);
    for (const text of ["one", "two", "three"]) await say(app, conversationId, text);
    const all = await records();
    const messages = all.filter(isMessage);
    const [, broken] = messages;
    const spoiled = all.map((record) => (record === broken ? spoil(record) : record));
    const logged: LogEntry[] = [];
    const sent: QueuedDelivery[] = [];
    const failed = await publishRecords(
      {
        ...runtimeOf(openDb(server.tableName, server.endpoint), { log: (entry) => logged.push(entry) }),
        eventQueue: { send: async (deliveries) => void sent.push(...deliveries) },
        channelQueue: heldChannelQueue(),
      },
      spoiled,
    );
    expect(failed).toEqual([broken?.dynamodb?.SequenceNumber]);
    expect(textsOf(sent)).toEqual(["one", "three"]);
    expect(logged).toMatchObject([
      { operation: "publishEvents", requestId: failed[0], status: 500, fault: { name: "SyntaxError" } },
    ]);
    expect(JSON.stringify(logged)).not.toContain("two");
  });

  test("fails for a message whose conversation cannot be read, and tells all others", async () => {
    const { app } = await newHearing();
    const [whole, broken] = [await newPersonal(app), await newPersonal(app)];
    await publish();
    // No ids: digits may happen to be a card's number, which is masked.
    await say(app, broken.conversationId, "in the broken one");
    await say(app, whole.conversationId, "in the whole one");
    const all = await records();
    const db = openDb(server.tableName, server.endpoint);
    await updateItem(db, conversationKey(app.id, broken.conversationId), { set: { metadata: "{" } });
    const { deliveries, failed } = await publishThese(all);
    expect(textsOf(deliveries)).toEqual(["in the whole one"]);
    const of = all.find(
      ({ dynamodb }) => dynamodb?.Keys?.pk?.S?.endsWith(broken.conversationId) && isMessage({ dynamodb }),
    );
    expect(failed).toEqual([of?.dynamodb?.SequenceNumber]);
  });

  test("fails as a whole if the queue takes nothing, so that all of it is published again", async () => {
    const { app } = await newHearing(["conversation:message"]);
    await say(app, (await newPersonal(app)).conversationId, "Hello");
    const runtime = runtimeOf(openDb(server.tableName, server.endpoint));
    const publishing = publishRecords(
      {
        ...runtime,
        eventQueue: { send: () => Promise.reject(new Error("The queue is gone.")) },
        channelQueue: heldChannelQueue(),
      },
      await records(),
    );
    await expect(publishing).rejects.toThrow("The queue is gone.");
  });

  test("reads nothing but webhooks, and where its messages go, for apps that have none, and sends nothing", async () => {
    const app = await server.newApp();
    await say(app, (await newGroup(app, 3)).conversationId, "Hello");
    const proxy = await startProxy(server.endpoint);
    await publishRecords(
      {
        ...runtimeOf(openDb(server.tableName, proxy.endpoint)),
        eventQueue: { send: () => Promise.reject(new Error("It sends.")) },
        channelQueue: { send: () => Promise.reject(new Error("It sends.")) },
      },
      await records(),
    );
    expect(proxy.calls.length).toBe(3);
  });

  test("is told of typing at once, by the request that tells of it, but only to who listens", async () => {
    const { app } = await newHearing(["conversation:typing"]);
    const page = await newWebPage(server, app);
    const guest = await page.visit("Hello");
    const [conversation] = (await guest.get(`/appusers/${guest.appUserId}`)).body.conversations;
    const path = `/conversations/${conversation?._id}/activity`;
    const type = async (activity: string) => guest.post(path, { activity: { type: activity } });
    await publish();
    expect(await type("typing:start")).toMatchObject({ status: 200 });
    expect(queued()).toMatchObject([
      {
        appId: app.id,
        orderedBy: conversation?._id,
        event: {
          type: "conversation:typing",
          payload: {
            conversation: { id: conversation?._id },
            activity: {
              type: "typing:start",
              author: { type: "user", userId: guest.appUserId },
              source: { type: "web", integrationId: page.id },
            },
          },
        },
      },
    ]);
    await type("typing:stop");
    await type("conversation:read");
    expect(typesOf(queued())).toEqual(["conversation:typing"]);
    expect(await publish()).toEqual([]);
  });

  test("loses typing that cannot be queued, and the request succeeds", async () => {
    const { app } = await newHearing(["conversation:typing"]);
    const user = newPerson(app.id, "1".repeat(24), new Date());
    const kind = { type: "personal", isDefault: true, participants: [] } as const;
    const conversation = newTalk(app.id, "2".repeat(24), new Date(), kind);
    const logged: LogEntry[] = [];
    await publishTyping(
      {
        ...runtimeOf(openDb(server.tableName, server.endpoint), { log: (entry) => logged.push(entry) }),
        eventQueue: { send: () => Promise.reject(new Error("The queue is gone.")) },
      },
      { conversation, user, activity: "typing:start", source: { type: "web" } },
      new Date(),
    );
    expect(logged).toMatchObject([{ operation: "publishTyping", status: 500, fault: { name: "Error" } }]);
  });

  test("tells a message of a conversation that was merged since under its own id", async () => {
    const { app } = await newHearing(["conversation:message"]);
    const page = await newWebPage(server, app);
    const known = await newPersonal(app);
    const guest = await page.visit("Hello");
    const [conversation] = (await guest.get(`/appusers/${guest.appUserId}`)).body.conversations;
    await say(app, conversation?._id ?? "", "Who are you?");
    await page.signIn(known.user.externalId, {}, guest);
    const deliveries = await publish();
    expect(textsOf(deliveries)).toEqual(["Hello", "Who are you?"]);
    expect(deliveries).toMatchObject(
      deliveries.map(() => ({
        orderedBy: conversation?._id,
        userIds: [guest.appUserId],
        event: { payload: { conversation: { id: conversation?._id, type: "personal" } } },
      })),
    );
  });

  test("tells the first message after a linked conversation's deletion once, from where it ended up", async () => {
    const { app } = await newHearing(["conversation:message"]);
    const whatsapp = await newWhatsapp(server, app);
    const { user, conversationId } = await newPersonal(app);
    const linked = await newConversation(app, { type: "personal", participants: [{ userId: user.id }] });
    await app.api.post(`/v2/apps/${app.id}/users/${user.id}/clients`, {
      matchCriteria: { type: "whatsapp", integrationId: whatsapp.id, phoneNumber: "+15145550123" },
      confirmation: { type: "immediate" },
      target: { conversationId: linked },
    });
    await whatsapp.write("15145550123", "before");
    await publish();
    await app.api.delete(`/v2/apps/${app.id}/conversations/${linked}`);
    await publish();
    await whatsapp.write("15145550123", "after");
    const all = await records();
    const places = all.filter((one) => isMessage(one) && one.eventName === "INSERT");
    expect(places.map(({ dynamodb }) => dynamodb?.Keys?.pk?.S)).toEqual(
      [linked, conversationId].map((id) => conversationKey(app.id, id).pk),
    );
    // The records of two items may come in any batches.
    const apart = [];
    for (const one of all) apart.push(...(await publishThese([one])).deliveries);
    const { deliveries } = await publishThese(all);
    for (const told of [apart, deliveries])
      expect(told).toMatchObject([
        { orderedBy: conversationId, event: { payload: { conversation: { id: conversationId } } } },
      ]);
    expect(idsOf(apart)).toEqual(idsOf(deliveries));
    expect(textsOf(deliveries)).toEqual(["after"]);
  });

  test("names the group's members, so that a delivery goes with any of them", async () => {
    const { app } = await newHearing(["conversation:message"]);
    const users = [await newUser(app), await newUser(app)];
    const conversationId = await newConversation(app, {
      type: "sdkGroup",
      participants: users.map(({ id }) => ({ userId: id, subscribeSDKClient: false })),
    });
    await say(app, conversationId, "Hello", users[1]?.id);
    const [delivery] = await publish();
    expect(delivery?.userIds[0]).toBe(users[1]?.id);
    expect([...(delivery?.userIds ?? [])].sort()).toEqual(users.map(({ id }) => id).sort());
  });
});

/** Makes the text of a message's content one that no JSON is. */
const spoil = (record: DynamoDBRecord): DynamoDBRecord => ({
  ...record,
  dynamodb: {
    ...record.dynamodb,
    NewImage: { ...record.dynamodb?.NewImage, content: { S: '{"type":"text","text":"two' } },
  },
});
