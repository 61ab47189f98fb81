import { describe, expect, test } from "vitest";
import type { SamplePayload } from "../../lib/channels/contract.ts";
import type { ChannelType } from "../../lib/model/channel.ts";
import { newPersonal } from "../support/business.ts";
import { connect, deliver, onlyPerson, peopleOf, textsOf, write } from "../support/channelPeople.ts";
import { startTestServer, type TestApp } from "../support/startTestServer.ts";
import { userIdsOf } from "../support/tableItems.ts";
import { unique } from "../support/unique.ts";
import { whatsappChange, whatsappPayload } from "../support/whatsappPayload.ts";

const server = await startTestServer();

const onPage = (...messaging: readonly object[]) => ({
  object: "page",
  entry: [{ id: "106731941223392", time: 1458692752478, messaging }],
});
const fromPerson = { sender: { id: "5678" }, recipient: { id: "106731941223392" }, timestamp: 1458692752478 };
const fromPage = { sender: { id: "106731941223392" }, recipient: { id: "5678" }, timestamp: 1458692752478 };
const onInstagram = (...messaging: readonly object[]) => ({
  object: "instagram",
  entry: [{ id: "17841400000000000", time: 1569262486134, messaging }],
});
const fromGrammer = {
  sender: { id: "200000000000001" },
  recipient: { id: "17841400000000000" },
  timestamp: 1569262485349,
};
const onLine = (...events: readonly object[]) => ({
  destination: "U8e742f61d673b39c7fff3cecb7536ef0",
  events: events.map((event, index) => ({
    mode: "active",
    timestamp: 1462629479859 + index,
    source: { type: "user", userId: "U4af4980629aa11b2c3d4e5f60718293a" },
    webhookEventId: `01FZ74A0TDDPYRVKNK77XKC3Z${index}`,
    deliveryContext: { isRedelivery: false },
    ...event,
  })),
});
const telegramPerson = { id: 1111111, is_bot: false, first_name: "Test", username: "Testusername" };
const telegramChat = { id: 1111111, type: "private", first_name: "Test" };
const telegramMessage = { message_id: 1365, date: 1441645532, chat: telegramChat, from: telegramPerson, text: "hello" };
const membership = (status: string, date: number) => ({
  update_id: date,
  my_chat_member: { chat: telegramChat, from: telegramPerson, date, new_chat_member: { status } },
});
const viberUser = { id: "01234567890A=", name: "John McClane", country: "UK", language: "en", api_version: 1 };
const sms = { From: "+15140000000", To: "+15145550100", MessageSid: "SM1", SmsStatus: "received" };
const mail = {
  recipient: "us@example.org",
  sender: "a@example.com",
  from: "A <a@example.com>",
  "body-plain": "Hi",
  "Message-Id": "<1@x>",
};

describe("what no person said makes nobody", () => {
  test.each<[ChannelType, string, SamplePayload]>([
    [
      "whatsapp",
      "a status with its contacts",
      whatsappChange({
        contacts: [{ profile: { name: "Pablo M." }, wa_id: "16505559999", user_id: "US.999" }],
        statuses: [{ id: "wamid.OUT1", status: "delivered", timestamp: "1750263773", recipient_id: "16505559999" }],
      }),
    ],
    [
      "whatsapp",
      "a message of a group",
      whatsappChange({
        messages: [{ from: "16505551234", group_id: "g", id: "1", type: "text", text: { body: "x" } }],
      }),
    ],
    [
      "whatsapp",
      "a reaction",
      whatsappChange({ messages: [{ from: "16505551234", id: "1", type: "reaction", reaction: { emoji: "👍" } }] }),
    ],
    [
      "whatsapp",
      "a changed number of a stranger",
      whatsappChange({
        messages: [
          {
            from: "16505551234",
            id: "1",
            type: "system",
            system: { wa_id: "12195555358", type: "user_changed_number" },
          },
        ],
      }),
    ],
    [
      "whatsapp",
      "an edited message",
      whatsappChange({ messages: [{ from: "16505551234", id: "1", type: "edit", edit: {} }] }),
    ],
    [
      "whatsapp",
      "an echo of the business's own phone",
      whatsappChange(
        { message_echoes: [{ from: "15550783881", to: "16505551234", id: "1", type: "text", text: { body: "x" } }] },
        "smb_message_echoes",
      ),
    ],
    [
      "whatsapp",
      "contacts that were synchronised",
      whatsappChange(
        { state_sync: [{ type: "contact", contact: { full_name: "P", phone_number: "16505551234" }, action: "add" }] },
        "smb_app_state_sync",
      ),
    ],
    [
      "whatsapp",
      "a message to another number of the same Meta app",
      whatsappChange({
        metadata: { phone_number_id: "9" },
        contacts: [{ wa_id: "1650555" }],
        messages: [{ from: "1650555", id: "1", type: "text", text: { body: "x" } }],
      }),
    ],
    ["messenger", "an echo", onPage({ ...fromPage, message: { is_echo: true, mid: "m", text: "Bot response" } })],
    ["messenger", "a delivery receipt", onPage({ ...fromPerson, delivery: { mids: ["m"], watermark: 1 } })],
    ["messenger", "a read receipt", onPage({ ...fromPerson, read: { watermark: 1 } })],
    ["messenger", "a reaction", onPage({ ...fromPerson, reaction: { mid: "m", action: "react", emoji: "👍" } })],
    [
      "messenger",
      "a conversation that another app leads",
      {
        object: "page",
        entry: [{ id: "106731941223392", standby: [{ ...fromPerson, message: { mid: "m", text: "x" } }] }],
      },
    ],
    [
      "messenger",
      "a comment on the page",
      {
        object: "page",
        entry: [{ id: "106731941223392", changes: [{ field: "feed", value: { from: { id: "5678" }, message: "x" } }] }],
      },
    ],
    [
      "messenger",
      "a message to another page",
      { object: "page", entry: [{ id: "9", messaging: [{ ...fromPerson, message: { mid: "m", text: "x" } }] }] },
    ],
    [
      "instagram",
      "an echo",
      onInstagram({
        sender: { id: "17841400000000000" },
        recipient: { id: "200000000000001" },
        message: { mid: "e1", text: "Bot response", is_echo: true },
      }),
    ],
    ["instagram", "an unsent message", onInstagram({ ...fromGrammer, message: { mid: "m", is_deleted: true } })],
    [
      "instagram",
      "a comment",
      {
        object: "instagram",
        entry: [
          {
            id: "17841400000000000",
            changes: [{ field: "comments", value: { from: { id: "1", username: "u" }, text: "x" } }],
          },
        ],
      },
    ],
    [
      "telegram",
      "a message of a group",
      { update_id: 1, message: { ...telegramMessage, chat: { id: -100123, type: "supergroup", title: "G" } } },
    ],
    [
      "telegram",
      "a message of a bot",
      { update_id: 1, message: { ...telegramMessage, from: { ...telegramPerson, is_bot: true } } },
    ],
    ["telegram", "an edited message", { update_id: 1, edited_message: telegramMessage }],
    ["telegram", "a post in a channel", { update_id: 1, channel_post: { ...telegramMessage, from: undefined } }],
    ["telegram", "a stranger who blocks the bot", membership("kicked", 1)],
    [
      "twilio",
      "a status of an outgoing message",
      {
        MessageSid: "SMout",
        MessageStatus: "delivered",
        SmsStatus: "delivered",
        To: "+15140000000",
        From: "+15145550100",
      },
    ],
    [
      "twilio",
      "a read receipt of WhatsApp",
      { MessageSid: "SMout", EventType: "READ", From: "whatsapp:+15140000000", To: "whatsapp:+15145550100" },
    ],
    [
      "line",
      "a message of a group",
      onLine({
        type: "message",
        source: { type: "group", groupId: "C1", userId: "U4af4980629aa11b2c3d4e5f60718293a" },
        message: { id: "1", type: "text", text: "x" },
      }),
    ],
    [
      "line",
      "a message of a room without its sender",
      onLine({
        type: "message",
        source: { type: "room", roomId: "R1" },
        message: { id: "1", type: "text", text: "x" },
      }),
    ],
    [
      "line",
      "a conversation that another module leads",
      onLine({ type: "message", mode: "standby", message: { id: "1", type: "text", text: "x" } }),
    ],
    [
      "line",
      "a stranger who leaves, unsends, or is near a beacon",
      onLine({ type: "unfollow" }, { type: "unsend", unsend: { messageId: "1" } }, { type: "beacon", beacon: {} }),
    ],
    ["viber", "a delivery receipt", { event: "delivered", timestamp: 1, message_token: 1, user_id: "01234567890A=" }],
    ["viber", "a read receipt", { event: "seen", timestamp: 1, message_token: 1, user_id: "01234567890A=" }],
    [
      "viber",
      "a failure to deliver",
      { event: "failed", timestamp: 1, message_token: 1, user_id: "01234567890A=", desc: "x" },
    ],
    [
      "viber",
      "a stranger who unsubscribes",
      { event: "unsubscribed", timestamp: 1, message_token: 1, user_id: "01234567890A=" },
    ],
    [
      "messagebird",
      "a status of an outgoing message",
      {
        id: "1",
        reference: "r",
        recipient: "31612345678",
        status: "delivered",
        statusDatetime: "2026-11-24T08:00:00+00:00",
      },
    ],
    [
      "messagebird",
      "a message of the integration's own number",
      { id: "1", originator: "12262121021", recipient: "1", body: "x", createdDatetime: "2026-11-24T08:00:00+00:00" },
    ],
    ["mailgun", "an automatic answer", { ...mail, "message-headers": '[["Auto-Submitted","auto-replied"]]' }],
    ["mailgun", "a bulk mail", { ...mail, Precedence: "bulk" }],
    ["mailgun", "a bounce", { ...mail, sender: "" }],
    ["mailgun", "a mail from the integration's own address", { ...mail, from: "Us <US@example.org>" }],
    ["mailgun", "spam", { ...mail, "X-Mailgun-Sflag": "Yes" }],
  ])("%s: %s", async (type, _, payload) => {
    const app = await server.newApp();
    const integration = await connect(app, type);
    expect((await deliver(server, integration, payload)).status).toBe(200);
    expect(await userIdsOf(server, app)).toEqual([]);
  });
});

describe("who opens the door without a word", () => {
  const starts: readonly [ChannelType, string, SamplePayload][] = [
    ["messenger", "Get Started", onPage({ ...fromPerson, postback: { title: "Get Started" } })],
    [
      "messenger",
      "a referral",
      onPage({ ...fromPerson, referral: { ref: "r", source: "SHORTLINK", type: "OPEN_THREAD" } }),
    ],
    ["line", "a follow", onLine({ type: "follow", replyToken: "t" })],
    [
      "viber",
      "a subscription",
      { event: "subscribed", timestamp: 1457764197627, message_token: 1478683725125, user: viberUser },
    ],
    [
      "viber",
      "a conversation that was started",
      {
        event: "conversation_started",
        timestamp: 1457764197627,
        message_token: 1,
        type: "open",
        user: viberUser,
        subscribed: false,
      },
    ],
  ];

  test.each(starts)("%s: %s makes a user with an empty conversation, once", async (type, _, payload) => {
    const app = await server.newApp();
    const integration = await connect(app, type);
    for (let time = 0; time < 2; time++) expect((await deliver(server, integration, payload)).status).toBe(200);
    expect(await onlyPerson(server, app)).toMatchObject({
      clients: [{ type, status: "active" }],
      conversations: [{ isDefault: true }],
      messages: [],
    });
  });

  test.each(starts)("%s: %s makes nobody in an app that ignores it", async (type, _, payload) => {
    const app = await server.newApp();
    await app.api.patch(`/v2/apps/${app.id}`, { settings: { ignoreAutoConversationStart: true } });
    const integration = await connect(app, type);
    expect((await deliver(server, integration, payload)).status).toBe(200);
    expect(await userIdsOf(server, app)).toEqual([]);
    // What a person says still makes one.
    await write(server, integration);
    expect(await userIdsOf(server, app)).toHaveLength(1);
  });
});

describe("a client is blocked and unblocked", () => {
  const statusOf = async (app: TestApp) => (await onlyPerson(server, app)).clients[0]?.status;

  test("on telegram, and an old message or an older change that comes again turns nothing back", async () => {
    const app = await server.newApp();
    const integration = await connect(app, "telegram");
    const first = { update_id: 1, message: telegramMessage };
    await deliver(server, integration, first);
    await deliver(server, integration, membership("kicked", 1441645540));
    expect(await statusOf(app)).toBe("blocked");
    await deliver(server, integration, first);
    expect(await statusOf(app)).toBe("blocked");
    await deliver(server, integration, membership("member", 1441645550));
    expect(await statusOf(app)).toBe("active");
    await deliver(server, integration, membership("kicked", 1441645540));
    expect(await statusOf(app)).toBe("active");
    expect(textsOf(await onlyPerson(server, app))).toEqual(["hello"]);
  });

  test.each<[ChannelType, SamplePayload, SamplePayload, SamplePayload]>([
    [
      "line",
      onLine({ type: "message", message: { id: "1", type: "text", text: "x" } }),
      onLine({}, { type: "unfollow" }),
      onLine({}, {}, { type: "follow", follow: { isUnblocked: true } }),
    ],
    [
      "viber",
      {
        event: "message",
        timestamp: 1457764197627,
        message_token: 1,
        sender: viberUser,
        message: { type: "text", text: "x" },
      },
      { event: "unsubscribed", timestamp: 1457764197628, message_token: 2, user_id: "01234567890A=" },
      { event: "subscribed", timestamp: 1457764197629, message_token: 3, user: viberUser },
    ],
    [
      "twilio",
      { ...sms, Body: "x" },
      { ...sms, MessageSid: "SM2", Body: "STOP", OptOutType: "STOP" },
      { ...sms, MessageSid: "SM3", Body: "START", OptOutType: "START" },
    ],
  ])("on %s", async (type, message, block, unblock) => {
    const app = await server.newApp();
    const integration = await connect(app, type);
    await deliver(server, integration, message);
    expect(await statusOf(app)).toBe("active");
    for (let time = 0; time < 2; time++) await deliver(server, integration, block);
    expect(await statusOf(app)).toBe("blocked");
    await deliver(server, integration, unblock);
    expect(await statusOf(app)).toBe("active");
  });
});

describe("a client whose address leads to a user made elsewhere", () => {
  const linked = async () => {
    const app = await server.newApp();
    const integration = await connect(app, "twilio");
    const { user, conversationId } = await newPersonal(app);
    const made = await app.api.post(`/v2/apps/${app.id}/users/${user.id}/clients`, {
      matchCriteria: { type: "twilio", integrationId: integration.id, phoneNumber: sms.From },
      confirmation: { type: "immediate" },
      target: { conversationId },
    });
    expect(made.status).toBe(201);
    const client = async () => (await onlyPerson(server, app)).clients[0];
    const hear = (more: Readonly<Record<string, string>>) =>
      deliver(server, integration, { ...sms, MessageSid: unique("SM"), Body: "x", ...more });
    return { client, hear };
  };

  test("is active again by any later message after it was blocked, each time", async () => {
    const { client, hear } = await linked();
    await hear({});
    for (let time = 0; time < 2; time++) {
      await hear({ Body: "STOP", OptOutType: "STOP" });
      expect(await client()).toMatchObject({ status: "blocked" });
      await hear({});
      expect(await client()).toMatchObject({ status: "active" });
    }
  });

  test("shows what the channel tells of the person, and what it tells later", async () => {
    const { client, hear } = await linked();
    await hear({ FromCity: "MONTREAL" });
    expect(await client()).toMatchObject({ info: { city: "MONTREAL" }, raw: { From: sms.From } });
    for (const name of ["Ann", "Ann", "Anna"]) {
      await hear({ ProfileName: name });
      expect(await client()).toMatchObject({ displayName: name });
    }
  });
});

describe("what is said is kept", () => {
  /** The messages of the only person, as they are answered; the official client leaves out what it does not know. */
  const messagesOf = async (app: TestApp) => {
    const { conversations } = await onlyPerson(server, app);
    const path = `/v2/apps/${app.id}/conversations/${conversations[0]?.id}/messages`;
    return (await app.api.get<{ messages: { content: object; raw?: object }[] }>(path)).body.messages;
  };

  test("a text, an image, a file, a place and a pressed button become messages of their kind, anything else one that is unsupported", async () => {
    const app = await server.newApp();
    const integration = await connect(app, "whatsapp");
    const image = {
      mime_type: "image/jpeg",
      caption: "Taj Mahal",
      id: "1003383421387256",
      url: "https://lookaside.fbsbx.com/a?mid=1",
    };
    const kinds = [
      { type: "image", image },
      { type: "document", document: { mime_type: "application/pdf", filename: "a.pdf", id: "7" } },
      { type: "location", location: { latitude: 37.48, longitude: -122.14, name: "Meta", address: "1 Hacker Way" } },
      { type: "button", button: { text: "Yes", payload: "YES" } },
      { type: "contacts", contacts: [{ name: { formatted_name: "Barbara" } }] },
    ];
    await deliver(
      server,
      integration,
      whatsappChange({
        contacts: [{ wa_id: "16505551234" }],
        messages: kinds.map((kind, index) => ({
          from: "16505551234",
          id: `wamid.${index}`,
          timestamp: "1749416383",
          ...kind,
        })),
      }),
    );
    const at = (name: string) => expect.stringMatching(`^${server.url}/attachments/${app.id}/[0-9a-f]{40}/${name}$`);
    expect((await messagesOf(app)).map((message) => message.content)).toMatchObject([
      { type: "image", mediaUrl: at("image.jpg"), mediaType: "image/jpeg", text: "Taj Mahal" },
      { type: "file", mediaUrl: at("a.pdf"), mediaType: "application/pdf", altText: "a.pdf" },
      {
        type: "location",
        coordinates: { lat: 37.48, long: -122.14 },
        location: { name: "Meta", address: "1 Hacker Way" },
      },
      { type: "text", text: "Yes", payload: "YES" },
      { type: "unsupported", raw: { contacts: [{ name: { formatted_name: "Barbara" } }] } },
    ]);
  });

  test("what a message's kind cannot hold is listed beside it", async () => {
    const app = await server.newApp();
    const integration = await connect(app, "telegram");
    const photo = [
      { file_id: "small", width: 90 },
      { file_id: "large", width: 800 },
    ];
    const { text: _, ...message } = telegramMessage;
    await deliver(server, integration, { update_id: 1, message: { ...message, photo, caption: "Look" } });
    expect(await messagesOf(app)).toMatchObject([{ content: { type: "image", text: "Look" }, raw: { photo } }]);
  });

  test("a pressed button of a stranger makes a user with what was pressed", async () => {
    const app = await server.newApp();
    const integration = await connect(app, "telegram");
    await deliver(server, integration, {
      update_id: 5,
      callback_query: {
        id: "4382bfdwdsb323b2d9",
        from: telegramPerson,
        message: { message_id: 1, date: 1, chat: telegramChat },
        data: "ORDER",
      },
    });
    const person = await onlyPerson(server, app);
    expect(person.clients).toMatchObject([{ externalId: "1111111" }]);
    expect(person.messages.map((message) => message.content)).toMatchObject([{ text: "ORDER", payload: "ORDER" }]);
  });

  test("a name that comes later fills an empty profile, and a changed one shows on the client alone", async () => {
    const app = await server.newApp();
    const integration = await connect(app, "telegram");
    const say = (update_id: number, first_name: string | undefined) =>
      deliver(server, integration, {
        update_id,
        message: { ...telegramMessage, message_id: update_id, from: { id: 1111111, is_bot: false, first_name } },
      });
    await say(1, undefined);
    expect((await onlyPerson(server, app)).user.profile).toEqual({});
    await say(2, "Ada");
    await say(3, "Countess");
    expect(await onlyPerson(server, app)).toMatchObject({
      user: { profile: { givenName: "Ada" } },
      clients: [{ displayName: "Countess", raw: { first_name: "Countess" } }],
    });
  });

  test("every character of Unicode and both ways to write it", async () => {
    const app = await server.newApp();
    const integration = await connect(app, "line");
    const text = "Größe 漢字 🦊👩‍👩‍👧 \u0000 \u2028 ";
    await deliver(server, integration, onLine({ type: "message", message: { id: "1", type: "text", text } }));
    const escaped = JSON.stringify(
      onLine({}, { type: "message", message: { id: "2", type: "text", text: "@" } }),
    ).replace('"@"', '"\\ud83e\\udd8a \\/ \\ud800"');
    await deliver(server, integration, escaped);
    expect(textsOf(await onlyPerson(server, app))).toEqual([text, "🦊 / \ufffd"]);
  });
});

describe("a batch", () => {
  test("of several people makes each of them, and one that cannot be read takes no other with it", async () => {
    const app = await server.newApp();
    const integration = await connect(app, "whatsapp");
    const payload = whatsappPayload(
      { from: "16505550001", name: "Ada Lovelace", id: "1" },
      { from: "16505550002", name: "Alan Turing", id: "2" },
      { from: "16505550001", name: "Ada Lovelace", id: "3" },
    );
    const text = JSON.stringify(payload).replace('"messages":[', '"messages":[null,{"from":7,"type":[]},{"id":{}},');
    expect((await deliver(server, integration, text)).status).toBe(200);
    const people = await peopleOf(server, app);
    expect(new Map(people.map((person) => [person.clients[0]?.displayName, textsOf(person)]))).toEqual(
      new Map([
        ["Ada Lovelace", ["says 1", "says 3"]],
        ["Alan Turing", ["says 2"]],
        // Who wrote something that cannot be read has it kept untranslated.
        ["7", [undefined]],
      ]),
    );
  });

  test("of 300 events is stored whole, in the order of each person", async () => {
    const app = await server.newApp();
    const integration = await connect(app, "line");
    const events = Array.from({ length: 300 }, (_, index) => ({
      type: "message",
      source: { type: "user", userId: `U${String(index % 10).repeat(32)}` },
      webhookEventId: `event-${index}`,
      message: { id: `message-${index}`, type: "text", text: `${index}` },
    }));
    expect((await deliver(server, integration, onLine(...events))).status).toBe(200);
    const people = await peopleOf(server, app);
    expect(people).toHaveLength(10);
    for (const person of people) {
      const digit = Number(person.clients[0]?.externalId[1]);
      expect(textsOf(person)).toEqual(Array.from({ length: 30 }, (_, index) => String(index * 10 + digit)));
    }
  });
});
