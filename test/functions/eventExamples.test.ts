import { describe, expect, test } from "vitest";
import type { PublicEvent } from "../../lib/model/events/event.ts";
import { webhookTriggers } from "../../lib/model/events/webhook.ts";
import type { QueuedDelivery } from "../../lib/model/events/webhookDelivery.ts";
import { newConversation, newUser, say } from "../support/business.ts";
import { connect, deliver, write } from "../support/channelPeople.ts";
import { describedEvents, eventsDocument, silentTriggers } from "../support/eventsDocument.ts";
import { newWebPage } from "../support/newDevice.ts";
import { startSendingServer } from "../support/startSendingServer.ts";
import { newWebhook } from "../support/startToldServer.ts";
import { faultsOfEvent } from "../support/vendorEvent.ts";

/** Everything that can happen to a business's users, done through the API, and the events that it is told. */

const { server, provider, publish, queued: queuedTasks, waiting, handOut } = await startSendingServer();
const app = await server.newApp();
const rest = `/v2/apps/${app.id}`;
await app.api.patch(rest, { settings: { multiConvoEnabled: false } });
const plain = await newWebhook(app, { triggers: webhookTriggers });
await newWebhook(app, { triggers: webhookTriggers, includeFullUser: true, includeFullSource: true });

/** What the two webhooks are told: the one with the least, the other with everything. */
const told: { readonly plain: PublicEvent[]; readonly whole: PublicEvent[] } = { plain: [], whole: [] };
const seen = new Set<string>();
async function hear(): Promise<readonly PublicEvent[]> {
  const deliveries: readonly QueuedDelivery[] = (await publish()).filter(({ id }) => !seen.has(id));
  for (const { id, webhookId, event } of deliveries) {
    seen.add(id);
    (webhookId === plain.id ? told.plain : told.whole).push(event);
  }
  return deliveries.filter(({ webhookId }) => webhookId === plain.id).map(({ event }) => event);
}
/** Finds the value at a path, e.g. `message.author.type`. */
const valueAt = (payload: unknown, path: string): unknown =>
  path.split(".").reduce((value: unknown, name) => Object(value)[name], payload);

const post = <Body = unknown>(path: string, body: object) => app.api.post<Body>(`${rest}${path}`, body);
const typesOf = (events: readonly PublicEvent[]) => events.map(({ type }) => type);

/** Does something, and answers what the business is told of it. */
async function toldBy(act: () => Promise<unknown>): Promise<readonly PublicEvent[]> {
  await hear();
  await act();
  return hear();
}

const ada = { id: "1001", name: "Ada Lovelace" };
const telegram = await connect(app, "telegram");
const whatsapp = await connect(app, "whatsapp");
const messenger = await connect(app, "messenger");
const viber = await connect(app, "viber");
const page = await newWebPage(server, app);
const profile = {
  givenName: "Grace",
  surname: "Hopper",
  email: "grace@example.com",
  avatarUrl: "https://example.com/grace.png",
};

/** The fields that existing programs read, by event; those of the switchboard and of what is not offered are apart. */
const fieldsRead: Readonly<Record<string, readonly string[]>> = {
  "conversation:create": ["conversation.id", "conversation.metadata", "creationReason", "user.id"],
  "conversation:message": [
    ...["conversation.id", "conversation.metadata", "message.id", "message.received", "message.metadata"],
    ...["type", "userId", "displayName", "avatarUrl", "user.id", "user.externalId", "user.profile.email"].map(
      (field) => `message.author.${field}`,
    ),
    ...["type", "text", "payload", "mediaUrl", "mediaType", "altText"].map((field) => `message.content.${field}`),
    ...["message.source.type", "message.source.integrationId"],
  ],
  "conversation:postback": ["conversation.id", "postback.payload", "user.id"],
  "conversation:read": ["conversation.id", "activity.type", "activity.author.type", "activity.author.userId"],
  "conversation:typing": ["conversation.id", "activity.type", "activity.author.type", "activity.author.userId"],
  "conversation:join": ["conversation.id", "user.id"],
  "conversation:leave": ["conversation.id", "user.id"],
  "conversation:remove": ["conversation.id"],
};

describe("a business is told,", () => {
  test("when a user writes on a channel, of the conversation and the message", async () => {
    const events = await toldBy(() => write(server, telegram, { ...ada, text: "Is the blue one in stock?" }));
    expect(typesOf(events)).toEqual(["conversation:create", "conversation:message"]);
    expect(events[0]?.payload).toMatchObject({
      creationReason: "message",
      source: { type: "telegram", integrationId: telegram.id },
      user: { authenticated: false },
    });
  });

  test("when it answers, of its own message", async () => {
    const conversationId = String(valueAt(told.plain[0], "payload.conversation.id"));
    const events = await toldBy(() =>
      post(`/conversations/${conversationId}/messages`, {
        author: { type: "business", displayName: "Shop", avatarUrl: "https://example.com/shop.png" },
        content: {
          type: "image",
          text: "Here it is",
          mediaUrl: "https://example.com/blue.png",
          altText: "A blue one",
          mediaType: "image/png",
        },
        metadata: { orderId: "42" },
      }),
    );
    expect(events).toMatchObject([
      { type: "conversation:message", payload: { message: { metadata: { orderId: "42" } } } },
    ]);
  });

  test("when what it says goes out on a channel, is there, or does not arrive", async () => {
    const [created] = await toldBy(() => write(server, viber, { id: "3003", name: "Zoë Müller" }));
    const conversationId = String(valueAt(created, "payload.conversation.id"));
    /** Says something, which the channel answers this way. */
    const sayAnswered = async (text: string, answer: object) => {
      provider.answer(() => ({ headers: { "content-type": "application/json" }, body: JSON.stringify(answer) }));
      await say(app, conversationId, text);
      await hear();
      queuedTasks();
      for (const one of waiting.filter(({ task }) => task.group.startsWith(conversationId))) await handOut(one);
    };
    const events = await toldBy(async () => {
      await sayAnswered("It is", { status: 0, status_message: "ok", message_token: 4004 });
      await deliver(server, viber, { event: "delivered", timestamp: Date.now(), message_token: 4004, user_id: "3003" });
    });
    const destination = { type: "viber", integrationId: viber.id };
    expect(events).toMatchObject([
      {
        type: "conversation:message:delivery:channel",
        payload: { destination, externalMessages: [{ id: "4004" }], isFinalEvent: false },
      },
      { type: "conversation:message:delivery:user", payload: { destination, isFinalEvent: true } },
    ]);
    const failed = await toldBy(() => sayAnswered("Bye", { status: 6, status_message: "notSubscribed" }));
    expect(failed).toMatchObject([
      {
        type: "conversation:message:delivery:failure",
        payload: { destination, isFinalEvent: true, error: { code: "forbidden", message: "notSubscribed" } },
      },
    ]);
  });

  test("when a user blocks the business on a channel, and comes back", async () => {
    const membership = (status: string, seconds: number) =>
      deliver(server, telegram, {
        update_id: seconds,
        my_chat_member: {
          chat: { id: Number(ada.id), type: "private", first_name: "Ada" },
          from: { id: Number(ada.id), is_bot: false, first_name: "Ada" },
          date: Math.floor(Date.now() / 1000) + seconds,
          new_chat_member: { status },
        },
      });
    const events = [
      ...(await toldBy(() => membership("kicked", 60))),
      ...(await toldBy(() => membership("member", 120))),
    ];
    expect(events).toMatchObject([
      { type: "client:update", payload: { reason: "blocked", client: { status: "blocked" } } },
      { type: "client:update", payload: { reason: "unblocked", client: { status: "active" } } },
    ]);
  });

  test("when a user comes by an ad, of the conversation, and of a referral when the user comes again", async () => {
    const referred = (referral: object) =>
      deliver(server, messenger, {
        object: "page",
        entry: [
          {
            id: "106731941223392",
            time: Date.now(),
            messaging: [
              { sender: { id: "2002" }, recipient: { id: "106731941223392" }, timestamp: Date.now(), referral },
            ],
          },
        ],
      });
    const ad = { ref: "spring", source: "ADS", type: "OPEN_THREAD", ad_id: "6045246247433" };
    const events = await toldBy(async () => {
      await referred(ad);
      await referred({ ref: "newsletter", source: "SHORTLINK", type: "OPEN_THREAD" });
    });
    const source = { type: "messenger", integrationId: messenger.id };
    const details = { source: "ADS", type: "OPEN_THREAD", adId: "6045246247433" };
    expect(events).toMatchObject([
      {
        type: "conversation:create",
        payload: { creationReason: "startConversation", source, referral: { code: "spring", details } },
      },
      { type: "conversation:referral", payload: { source, referral: { code: "newsletter" } } },
    ]);
  });

  test("when a user that it knows signs in on a web page, of the client and the proof", async () => {
    const user = await newUser(app, { profile });
    await say(app, await newConversation(app, { type: "personal", participants: [{ userId: user.id }] }), "Welcome");
    const events = await toldBy(() => page.signIn(user.externalId));
    expect(typesOf(events).sort()).toEqual(["client:add", "user:update"]);
    expect(events).toMatchObject(
      typesOf(events).map((type) => ({ type, payload: { source: { type: "web", integrationId: page.id } } })),
    );
  });

  test("when an anonymous user turns out to be one that it knows, of the merge", async () => {
    const { externalId, id } = await newUser(app, { profile });
    await say(app, await newConversation(app, { type: "personal", participants: [{ userId: id }] }), "Welcome");
    await page.signIn(externalId);
    const guest = await page.visit("Hello from a guest");
    const events = await toldBy(() => page.signIn(externalId, {}, guest));
    expect(typesOf(events)).toContain("user:merge");
    expect(events.find(({ type }) => type === "user:merge")?.payload).toMatchObject({
      reason: "sdkLogin",
      mergedUsers: { surviving: { id, externalId }, discarded: { id: guest.appUserId } },
      mergedConversations: { surviving: { type: "personal" }, discarded: { type: "personal" } },
      mergedClients: { surviving: { type: "sdk" }, discarded: { type: "sdk" } },
    });
    // The messages that move along are not told again.
    expect(typesOf(events)).not.toContain("conversation:message");
  });

  test("when a user reads and types, of both", async () => {
    const guest = await page.visit("Hello");
    const [conversation] = (await guest.get(`/appusers/${guest.appUserId}`)).body.conversations;
    const path = `/conversations/${conversation?._id}/activity`;
    const events = await toldBy(async () => {
      await guest.post(path, { activity: { type: "conversation:read" } });
      await guest.post(path, { activity: { type: "typing:start" } });
    });
    expect(typesOf(events).sort()).toEqual(["conversation:read", "conversation:typing"]);
    expect(events).toMatchObject(
      typesOf(events).map(() => ({ payload: { activity: { author: { type: "user", userId: guest.appUserId } } } })),
    );
  });

  test("when a button is pressed that answers for the user, of its payload", async () => {
    const guest = await page.visit("Hello");
    const [conversation] = (await guest.get(`/appusers/${guest.appUserId}`)).body.conversations;
    const events = await toldBy(() =>
      guest.post(`/conversations/${conversation?._id}/messages`, {
        message: { type: "text", text: "Yes", payload: "ANSWER_YES", role: "appUser" },
        author: { role: "appUser", client: guest.client },
      }),
    );
    expect(events).toMatchObject([
      { payload: { message: { content: { type: "text", text: "Yes", payload: "ANSWER_YES" } } } },
    ]);
  });

  test("when a button is pressed that reports to the business, of the postback", async () => {
    const guest = await page.visit("Hello");
    const [conversation] = (await guest.get(`/appusers/${guest.appUserId}`)).body.conversations;
    const { body } = await post<{ messages: [{ id: string }] }>(`/conversations/${conversation?._id}/messages`, {
      author: { type: "business" },
      content: {
        type: "text",
        text: "Shall we put it aside for you?",
        actions: [{ type: "postback", text: "Yes", payload: "RESERVE", metadata: { orderId: "42" } }],
      },
    });
    const events = await toldBy(() =>
      guest.post(`/conversations/${conversation?._id}/postback`, {
        postback: { actionId: `${body.messages[0].id}-0` },
        author: { role: "appUser", client: guest.client },
      }),
    );
    expect(events).toMatchObject([
      {
        type: "conversation:postback",
        payload: { postback: { payload: "RESERVE", metadata: { orderId: "42" } }, user: { id: guest.appUserId } },
      },
    ]);
  });

  test("when a group is made, joined, left and removed", async () => {
    const [one, other] = [await newUser(app), await newUser(app)];
    let id = "";
    const events = await toldBy(async () => {
      id = await newConversation(app, {
        type: "sdkGroup",
        participants: [{ userId: one.id, subscribeSDKClient: false }],
        metadata: { topic: "order 42" },
      });
      await post(`/conversations/${id}/join`, { userId: other.id, subscribeSDKClient: false });
      await say(app, id, "The parcel is on its way");
      await post(`/conversations/${id}/leave`, { userId: other.id });
      await app.api.delete(`${rest}/conversations/${id}`);
    });
    expect(events).toMatchObject([
      {
        type: "conversation:create",
        payload: {
          creationReason: "none",
          source: { type: "api:conversations" },
          conversation: { id, type: "sdkGroup", metadata: { topic: "order 42" } },
        },
      },
      { type: "conversation:join", payload: { user: { id: other.id } } },
      { type: "conversation:message", payload: { conversation: { metadata: { topic: "order 42" } } } },
      { type: "conversation:leave", payload: { user: { id: other.id } } },
      { type: "conversation:remove", payload: { conversation: { id } } },
    ]);
  });

  test("when it links a user to a channel, the user confirms, and it unlinks the user", async () => {
    const user = await newUser(app, { profile });
    const conversationId = await newConversation(app, { type: "personal", participants: [{ userId: user.id }] });
    const events = await toldBy(async () => {
      const { body } = await post<{ client: { id: string } }>(`/users/${user.id}/clients`, {
        matchCriteria: { type: "whatsapp", integrationId: whatsapp.id, phoneNumber: "+15145550123" },
        confirmation: { type: "userActivity" },
        target: { conversationId },
      });
      await write(server, whatsapp, { id: "15145550123", text: "Yes, it is me" });
      await app.api.delete(`${rest}/users/${user.id}/clients/${body.client.id}`);
    });
    expect(events).toMatchObject([
      { type: "client:add", payload: { reason: "channelLinking", conversation: { id: conversationId } } },
      { type: "client:update", payload: { reason: "confirmed", client: { status: "active" } } },
      { type: "conversation:message" },
      { type: "client:remove", payload: { reason: "api" } },
    ]);
  });

  test("when it deletes a user, of the user's conversations and of the user", async () => {
    const user = await newUser(app, { profile });
    await newConversation(app, { type: "personal", participants: [{ userId: user.id }] });
    const events = await toldBy(() => app.api.delete(`${rest}/users/${user.id}`));
    expect(typesOf(events)).toContain("user:remove");
    expect(events.find(({ type }) => type === "user:remove")?.payload).toEqual({
      user: { id: user.id, authenticated: false, externalId: user.externalId },
    });
    expect(JSON.stringify(events)).not.toContain("Grace");
  });
});

describe("an event", () => {
  test("of each kind validates against the vendor's schema, in the least form and in the fullest", () => {
    const faults = [...told.plain, ...told.whole].flatMap((event) =>
      faultsOfEvent(event).map((fault) => `${event.type} ${fault}`),
    );
    expect([...new Set(faults)]).toEqual([]);
  });

  test("has the id of no other, and is the same event to both webhooks", () => {
    const ids = told.plain.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(told.whole.map(({ id }) => id)).toEqual(ids);
    expect(told.whole.map(({ type, createdAt }) => [type, createdAt])).toEqual(
      told.plain.map(({ type, createdAt }) => [type, createdAt]),
    );
  });

  test.each(Object.entries(fieldsRead))("has what existing programs read: %s", (type, fields) => {
    const payloads = told.whole.filter((event) => event.type === type).map(({ payload }) => payload);
    const missing = fields.filter((field) => payloads.every((payload) => valueAt(payload, field) === undefined));
    expect(missing).toEqual([]);
  });

  test("shows no secret of a user, and to a webhook that asks for less no profile", () => {
    expect(JSON.stringify([told.plain, told.whole])).not.toMatch(/sessions|sessionToken|aliases|appId/);
    expect(JSON.stringify(told.plain)).not.toMatch(/signedUpAt|givenName/);
  });
});

describe("the list of events", () => {
  test("has every trigger of the vendor's, as one that fires or as one that does not", () => {
    expect([...Object.keys(describedEvents), ...Object.keys(silentTriggers)].sort()).toEqual(
      [...webhookTriggers].sort(),
    );
    expect(Object.keys(describedEvents).filter((type) => !typesOf(told.plain).includes(type as never))).toEqual([]);
    expect(typesOf(told.plain).filter((type) => Object.hasOwn(silentTriggers, type))).toEqual([]);
  });

  // In docs/events.md as `npm run events` writes it, from what the tests above were told.
  test("is the one in the docs", async () => {
    const anonymous = anonymizer();
    const examples = Object.entries(describedEvents).map(([type, description]) => {
      const event = told.plain.find((one) => one.type === type);
      return `### ${type}\n\n${description}\n\n\`\`\`json\n${JSON.stringify(anonymous(event), null, 2)}\n\`\`\``;
    });
    await expect(eventsDocument(examples)).toMatchFileSnapshot("../../docs/events.md");
  });
});

/** Makes a function that replaces what differs between two runs: ids, times and names that are unique. */
function anonymizer() {
  const renamed = (make: (count: number) => string) => {
    const names = new Map<string, string>();
    return (found: string) => {
      const name = names.get(found) ?? make(names.size + 1);
      names.set(found, name);
      return name;
    };
  };
  const idOf = renamed((count) => `6930c1a7b4e2f05d8a9c${count.toString(16).padStart(4, "0")}`);
  const customerOf = renamed((count) => `customer-${count}`);
  return (event: object | undefined): unknown =>
    JSON.parse(
      JSON.stringify(event)
        .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, "2026-11-29T09:30:00.000Z")
        .replaceAll(/\b[0-9a-f]{24}\b/g, idOf)
        .replaceAll(/person-[0-9a-f]{12}/g, customerOf),
    );
}
