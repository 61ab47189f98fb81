import { afterAll, describe, expect, test } from "vitest";
import { openDb } from "../../lib/db/db.ts";
import { conversationKey } from "../../lib/db/keys.ts";
import { getItems } from "../../lib/db/readItems.ts";
import { eventsOf } from "../../lib/events/eventsOf.ts";
import { isAccepted } from "../../lib/events/messageEvents.ts";
import type { AppEvent } from "../../lib/model/events/event.ts";
import { newConversation, newGroup, newPersonal, newUser, say } from "../support/business.ts";
import { connect, deliver, newBot, newWhatsapp, write } from "../support/channelPeople.ts";
import { newWebPage } from "../support/newDevice.ts";
import { eventsIn, labelOf, openStream } from "../support/readStream.ts";
import { startTestServer } from "../support/startTestServer.ts";
import { unique, uniqueNumber } from "../support/unique.ts";

const server = await startTestServer({ streamed: true });
const app = await server.newApp();
const rest = `/v2/apps/${app.id}`;
const page = await newWebPage(server, app);
const bot = await newBot(server, app);
const whatsapp = await newWhatsapp(server, app);
const stream = await openStream(server.endpoint, server.tableName);
afterAll(() => stream.close());

/** Does something and answers the events of its changes. */
async function eventsWhile(act: () => Promise<unknown>): Promise<readonly AppEvent[]> {
  await stream.read();
  await act();
  return eventsIn(await stream.read(), app.id);
}
const told = async (act: () => Promise<unknown>) => (await eventsWhile(act)).map(labelOf);

const newPhone = () => `1514557${String(uniqueNumber()).padStart(4, "0")}`;

/** Links a user to a WhatsApp number. */
const link = (userId: string, conversationId: string, number: string, type = "immediate") =>
  app.api.post<{ client: { id: string } }>(`${rest}/users/${userId}/clients`, {
    matchCriteria: { type: "whatsapp", integrationId: whatsapp.id, phoneNumber: `+${number}` },
    confirmation: { type },
    target: { conversationId },
  });

describe("the birth of a user tells", () => {
  test("nothing if a business creates it", async () => {
    expect(await told(() => newUser(app))).toEqual([]);
  });

  test("its conversation and its message if it writes on a channel, and nothing when that is delivered again", async () => {
    const person = { id: String(uniqueNumber()), messageId: String(uniqueNumber()) };
    const events = await eventsWhile(() => write(server, bot, person));
    expect(events.map(labelOf).sort()).toEqual(["conversation:create message", "conversation:message"]);
    const [create, message] = ["conversation:create", "conversation:message"].map((type) =>
      events.find(({ detail }) => detail.type === type),
    );
    expect(create).toMatchObject({
      userId: message?.userId,
      conversationId: message?.conversationId,
      createdAt: message?.createdAt,
      detail: { origin: { reason: "message", source: { type: "telegram", integrationId: bot.id } } },
    });
    expect(await told(() => write(server, bot, person))).toEqual([]);
    expect(await told(() => bot.write(person.id, "again"))).toEqual(["conversation:message"]);
  });

  test("its conversation, and the messages it came with, if an SDK starts one", async () => {
    const events = await eventsWhile(() => page.visit("Hello"));
    expect(events.map(labelOf).sort()).toEqual(["conversation:create startConversation", "conversation:message"]);
    expect(events.find(({ detail }) => detail.type === "conversation:create")).toMatchObject({
      detail: { origin: { source: { type: "web", integrationId: page.id } } },
    });
  });

  test("nothing if it logs in, and then the conversation that it starts", async () => {
    const externalId = unique("person");
    expect(await told(() => page.signIn(externalId))).toEqual([]);
    expect(await told(() => page.signIn(externalId))).toEqual([]);
    expect(await told(() => page.start(externalId))).toEqual(["conversation:create startConversation"]);
  });
});

describe("a user tells", () => {
  test("that it became authenticated and got an SDK, once", async () => {
    const { externalId } = await newUser(app);
    const device = page.device();
    expect(await told(() => device.login(externalId))).toEqual(["client:add sdkLogin", "user:update authentication"]);
    expect(await told(() => device.login(externalId))).toEqual([]);
  });

  test("that it became authenticated when a guest gets an externalId", async () => {
    const guest = await page.visit("Hi");
    expect(await told(() => page.signIn(unique("person"), {}, guest))).toEqual(["user:update authentication"]);
  });

  test("nothing of a change of its profile", async () => {
    const { id } = await newUser(app);
    expect(await told(() => app.api.patch(`${rest}/users/${id}`, { profile: { givenName: "Ada" } }))).toEqual([]);
  });

  test("its merge alone, though both had a conversation with messages", async () => {
    const externalId = unique("person");
    const guest = await page.visit("First");
    const survivor = await page.signIn(externalId, {}, guest);
    const other = await page.visit("Second");
    const events = await eventsWhile(async () => {
      await page.signIn(externalId, {}, other);
      // Moves what the merge left to move.
      await app.api.get(`${rest}/conversations?filter[userId]=${survivor.body.appUser._id}`);
      await app.api.get(`${rest}/conversations/${guest.conversationId}/messages`);
    });
    expect(events.map(labelOf)).toEqual(["user:merge sdkLogin"]);
    expect(events[0]).toMatchObject({
      userId: survivor.body.appUser._id,
      detail: {
        discarded: { id: other.appUserId },
        merge: {
          conversations: { surviving: guest.conversationId, discarded: other.conversationId },
          clients: { surviving: expect.any(String), discarded: expect.any(String) },
        },
      },
    });
    const { body } = await app.api.get<{ messages: object[] }>(
      `${rest}/conversations/${guest.conversationId}/messages`,
    );
    expect(body.messages).toHaveLength(2);
  });

  test("its deletion, and its conversation's", async () => {
    const { user, conversationId } = await newPersonal(app);
    await say(app, conversationId, "Hello");
    const labels = await told(() => app.api.delete(`${rest}/users/${user.id}`));
    expect(labels.sort()).toEqual(["conversation:remove", "user:remove"]);
  });

  test("its deletion too if its channel identity is another user's by then", async () => {
    const phone = newPhone();
    await whatsapp.write(phone, "It is me");
    const stranger = (await eventsWhile(() => whatsapp.write(phone, "Again")))[0]?.userId ?? "";
    const { clients } = (await app.api.get<{ clients: { id: string }[] }>(`${rest}/users/${stranger}/clients`)).body;
    await app.api.delete(`${rest}/users/${stranger}/clients/${clients[0]?.id}`);
    const { user, conversationId } = await newPersonal(app);
    await link(user.id, conversationId, phone);
    const labels = await told(() => app.api.delete(`${rest}/users/${stranger}`));
    expect(labels.sort()).toEqual(["conversation:remove", "user:remove"]);
  });

  test("nothing of the deletion of its personal information", async () => {
    const phone = newPhone();
    const [message] = (await eventsWhile(() => whatsapp.write(phone, "My name is Zoë"))).filter(
      ({ detail }) => detail.type === "conversation:message",
    );
    const path = `${rest}/users/${message?.userId}/personalinformation`;
    expect(await told(async () => expect(await app.api.delete(path)).toMatchObject({ status: 200 }))).toEqual([]);
  });
});

describe("a client tells", () => {
  test("that it was linked at once, and its removal", async () => {
    const { user, conversationId } = await newPersonal(app);
    let clientId = "";
    const labels = await told(async () => {
      clientId = (await link(user.id, conversationId, newPhone())).body.client.id;
    });
    expect(labels).toEqual(["client:add channelLinking"]);
    expect(await told(() => app.api.delete(`${rest}/users/${user.id}/clients/${clientId}`))).toEqual([
      "client:remove api",
    ]);
  });

  test("that it waits, and then that it is confirmed", async () => {
    const { user, conversationId } = await newPersonal(app);
    const phone = newPhone();
    expect(await told(() => link(user.id, conversationId, phone, "userActivity"))).toEqual([
      "client:add channelLinking",
    ]);
    expect(await told(() => whatsapp.write(phone, "Yes"))).toEqual(["client:update confirmed", "conversation:message"]);
  });

  test("only the merge of its user if an anonymous user had the identity", async () => {
    const phone = newPhone();
    await whatsapp.write(phone, "Hi");
    const { user, conversationId } = await newPersonal(app);
    const events = await eventsWhile(() => link(user.id, conversationId, phone));
    expect(events.map(labelOf)).toEqual(["user:merge channelLinking"]);
  });

  test("that its link failed where the identity belongs to a user with an externalId by then", async () => {
    const phone = newPhone();
    const guest = await page.visit("Hi");
    await link(guest.appUserId, guest.conversationId, phone);
    const { user, conversationId } = await newPersonal(app);
    await link(user.id, conversationId, phone, "userActivity");
    await page.signIn(unique("person"), {}, guest);
    const events = await eventsWhile(() => whatsapp.write(phone, "Yes"));
    expect(events.map(labelOf)).toEqual(["client:remove linkFailed", "conversation:message"]);
    expect(events.map(({ userId }) => userId)).toEqual([user.id, guest.appUserId]);
  });

  test("that it was blocked and unblocked", async () => {
    const id = uniqueNumber();
    const status = (status: string, date: number) =>
      deliver(server, bot, {
        update_id: uniqueNumber(),
        my_chat_member: {
          chat: { id, type: "private", first_name: "Ada" },
          from: { id, is_bot: false, first_name: "Ada" },
          date,
          old_chat_member: { user: { id: 1, is_bot: true, first_name: "Bot" }, status: "member" },
          new_chat_member: { user: { id: 1, is_bot: true, first_name: "Bot" }, status },
        },
      });
    await write(server, bot, { id: String(id) });
    const at = Math.floor(Date.now() / 1000);
    expect(await told(() => status("kicked", at + 1))).toEqual(["client:update blocked"]);
    expect(await told(() => status("kicked", at + 1))).toEqual([]);
    expect(await told(() => status("member", at + 2))).toEqual(["client:update unblocked"]);
  });
});

describe("a conversation tells", () => {
  test("that a business created it, and the business's messages", async () => {
    const { id } = await newUser(app);
    const events = await eventsWhile(() => newConversation(app, { type: "personal", participants: [{ userId: id }] }));
    expect(events.map(labelOf)).toEqual(["conversation:create none"]);
    expect(events[0]).toMatchObject({ userId: id, detail: { origin: { source: { type: "api:conversations" } } } });
    const conversationId = events[0]?.conversationId ?? "";
    expect(await told(() => say(app, conversationId, "Hello"))).toEqual(["conversation:message"]);
  });

  test("the users that join and leave a group", async () => {
    const { users, conversationId } = await newGroup(app, 1);
    const { id: userId } = await newUser(app);
    const path = `${rest}/conversations/${conversationId}`;
    const joined = await eventsWhile(() => app.api.post(`${path}/join`, { userId, subscribeSDKClient: false }));
    expect(joined).toMatchObject([{ userId, conversationId, detail: { type: "conversation:join" } }]);
    expect(await told(() => app.api.post(`${path}/join`, { userId, subscribeSDKClient: false }))).toEqual([]);
    const left = await eventsWhile(() => app.api.post(`${path}/leave`, { userId: users[0]?.id }));
    expect(left).toMatchObject([{ userId: users[0]?.id, conversationId, detail: { type: "conversation:leave" } }]);
  });

  test("no leave and no reading where two of a group become one", async () => {
    const externalId = unique("person");
    const survivor = await page.signIn(externalId);
    const guest = await page.visit("Hi");
    const conversationId = await newConversation(app, {
      type: "sdkGroup",
      participants: [survivor.body.appUser._id, guest.appUserId].map((userId) => ({
        userId,
        subscribeSDKClient: true,
      })),
    });
    await app.api.post(`${rest}/conversations/${conversationId}/activity`, {
      author: { type: "user", userId: guest.appUserId },
      type: "conversation:read",
    });
    const labels = await told(() => page.signIn(externalId, {}, guest));
    expect(labels).toEqual(["user:merge sdkLogin"]);
  });

  test("that the user and that the business read it", async () => {
    const { user, conversationId } = await newPersonal(app);
    await say(app, conversationId, "Hello");
    const read = (author: object) =>
      eventsWhile(() =>
        app.api.post(`${rest}/conversations/${conversationId}/activity`, { author, type: "conversation:read" }),
      );
    expect(await read({ type: "user", userId: user.id })).toMatchObject([
      { userId: user.id, conversationId, detail: { type: "conversation:read", participant: { userId: user.id } } },
    ]);
    const [business] = await read({ type: "business" });
    expect(business).toMatchObject({ conversationId, detail: { type: "conversation:read" } });
    expect(business?.detail).not.toHaveProperty("participant.id");
  });

  test("its deletion once, and nothing of its messages'", async () => {
    const { user } = await newPersonal(app);
    const conversationId = await newConversation(app, { type: "personal", participants: [{ userId: user.id }] });
    const messageId = await say(app, conversationId, "Hello");
    await say(app, conversationId, "World");
    const path = `${rest}/conversations/${conversationId}`;
    expect(await told(() => app.api.delete(`${path}/messages/${messageId}`))).toEqual([]);
    expect(await told(() => app.api.delete(path))).toEqual(["conversation:remove"]);
    expect(await told(() => app.api.delete(path))).toEqual([]);
  });

  test("nothing of a change of its name", async () => {
    const { conversationId } = await newPersonal(app);
    const path = `${rest}/conversations/${conversationId}`;
    expect(await told(() => app.api.patch(path, { displayName: "Support" }))).toEqual([]);
  });
});

test("a message that comes after the deletion of its conversation is told from where it then goes", async () => {
  const { user, conversationId } = await newPersonal(app);
  const deleted = await newConversation(app, { type: "personal", participants: [{ userId: user.id }] });
  const phone = newPhone();
  await link(user.id, deleted, phone);
  const accepted = async () => {
    const db = openDb(server.tableName, server.endpoint);
    const events = (await stream.read()).flatMap(eventsOf);
    const items = await getItems(
      db,
      events.map((event) => conversationKey(app.id, event.conversationId ?? "")),
    );
    return events.map((event, index) => [event.conversationId, isAccepted(event, items[index])]);
  };
  await stream.read();
  await whatsapp.write(phone, "Before");
  await app.api.delete(`${rest}/conversations/${deleted}`);
  expect(await accepted()).toEqual([
    [deleted, true],
    [deleted, true],
  ]);
  await whatsapp.write(phone, "After");
  expect(await accepted()).toEqual([
    [deleted, false],
    [conversationId, true],
  ]);
});

describe("a referral tells", () => {
  const start = (id: string, code: string) => bot.write(id, `/start ${code}`);

  test("itself with the conversation that it begins", async () => {
    const events = await eventsWhile(() => start(String(uniqueNumber()), "spring"));
    expect(events.map(labelOf).sort()).toEqual(["conversation:create message", "conversation:message"]);
    expect(events.find(({ detail }) => detail.type === "conversation:create")).toMatchObject({
      detail: { origin: { referral: { code: "spring" } } },
    });
  });

  test("itself in a conversation that exists, once for each message that brings one", async () => {
    const id = String(uniqueNumber());
    await bot.write(id, "Hello");
    const [message, referral] = await eventsWhile(() => start(id, "summer"));
    expect(message).toMatchObject({ detail: { type: "conversation:message" } });
    expect(referral).toMatchObject({
      conversationId: message?.conversationId,
      userId: message?.userId,
      detail: {
        type: "conversation:referral",
        referral: { code: "summer" },
        source: { type: "telegram", integrationId: bot.id },
      },
    });
    expect(await told(() => bot.write(id, "And now?"))).toEqual(["conversation:message"]);
  });

  test("itself if it comes without a message, and nothing when it is delivered again", async () => {
    const messenger = await connect(app, "messenger");
    const sender = { id: `${9e12 + uniqueNumber()}` };
    const event = (at: number, more: object) => ({
      object: "page",
      entry: [{ id: messenger.credentials.pageId, messaging: [{ sender, timestamp: at, ...more }] }],
    });
    const referral = { ref: "flyer", source: "SHORTLINK", type: "OPEN_THREAD" };
    const at = Date.now();
    const first = await eventsWhile(() => deliver(server, messenger, event(at, { referral })));
    expect(first.map(labelOf)).toEqual(["conversation:create startConversation"]);
    expect(first[0]).toMatchObject({
      detail: { origin: { referral: { code: "flyer", details: { source: "SHORTLINK", type: "OPEN_THREAD" } } } },
    });
    const refer = () => deliver(server, messenger, event(at + 1_000, { referral }));
    expect(await told(refer)).toEqual(["conversation:referral"]);
    expect(await told(refer)).toEqual([]);
  });
});

test("a record makes the same events whenever it is read", async () => {
  await stream.read();
  await page.visit("Hello");
  const records = await stream.read();
  expect(records.flatMap(eventsOf)).toEqual(structuredClone(records).flatMap(eventsOf));
});
