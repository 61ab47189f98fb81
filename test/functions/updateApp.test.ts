import { afterEach, describe, expect, test, vi } from "vitest";
import {
  conversationsOf,
  messagesOf,
  newConversation,
  newIntegration,
  newPersonal,
  say,
  textsOf,
} from "../support/business.ts";
import { connect, deliver, write } from "../support/channelPeople.ts";
import { type Guest, newDevice, newGuest, newWebPage } from "../support/newDevice.ts";
import { startTestServer, type TestApp } from "../support/startTestServer.ts";
import { userIdsOf } from "../support/tableItems.ts";

const server = await startTestServer();
afterEach(() => void vi.useRealTimers());

/** An app with these settings changed. */
async function appWith(settings: object): Promise<TestApp> {
  const app = await server.newApp();
  await change(app, settings);
  return app;
}
const change = (app: TestApp, settings: object) => app.api.patch(`/v2/apps/${app.id}`, { settings });

/** The server's clock is the test's: only the time moves on, not the timers. */
function later(seconds: number): void {
  const now = Date.now();
  vi.useFakeTimers({ toFake: ["Date"] });
  vi.setSystemTime(now + seconds * 1000);
}

interface WireConversation {
  readonly conversation: { readonly participants: readonly { readonly unreadCount: number }[] };
  readonly messages: readonly { readonly text: string; readonly name?: string }[];
}
const unreadOf = async (app: TestApp, conversationId: string) => {
  const path = `/v2/apps/${app.id}/conversations/${conversationId}/participants`;
  const { body } = await app.api.get<{ participants: { unreadCount: number }[] }>(path);
  return body.participants.map((one) => one.unreadCount);
};
const speak = (person: Guest, text: string) =>
  person.post<{ messages: { name?: string; text: string }[] }>(`/conversations/${person.conversationId}/messages`, {
    message: { type: "text", text },
    author: { role: "appUser", appUserId: person.appUserId },
  });

describe("updateApp", () => {
  test.each([
    [{ settings: { useAnimalNames: "yes" } }, "settings.useAnimalNames should be boolean"],
    [{ settings: { conversationRetentionSeconds: -1 } }, "settings.conversationRetentionSeconds should be >= 0"],
    [
      { settings: { conversationRetentionSeconds: 1e15 } },
      "settings.conversationRetentionSeconds should be <= 3153600000",
    ],
    [{ settings: { conversationRetentionSeconds: 1.5 } }, "settings.conversationRetentionSeconds should be integer"],
    [{ settings: [] }, "settings should be object"],
  ])("the body %j is refused", async (body, title) => {
    const app = await server.newApp();
    expect(await app.api.patch(`/v2/apps/${app.id}`, body)).toMatchObject({
      status: 400,
      body: { errors: [{ code: "bad_request", title }] },
    });
  });
});

describe("the setting multiConvoEnabled", () => {
  const another = (person: Guest) =>
    person.post<{ conversation: { isDefault: boolean } }>(`/appusers/${person.appUserId}/conversations`, {
      client: person.client,
      intent: "conversation:start",
      type: "personal",
    });

  test("lets people start further conversations, and is there for good", async () => {
    const app = await server.newApp();
    const web = await newIntegration(app, { canUserCreateMoreConversations: true });
    const person = await newGuest(newDevice(server, app, web));
    expect(await another(person)).toMatchObject({ status: 403, body: { error: { code: "forbidden" } } });
    expect(await change(app, { multiConvoEnabled: true })).toMatchObject({
      status: 200,
      body: { app: { settings: { multiConvoEnabled: true } } },
    });
    expect(await another(person)).toMatchObject({ status: 201, body: { conversation: { isDefault: false } } });
    expect(await change(app, { multiConvoEnabled: false })).toMatchObject({
      status: 400,
      body: { errors: [{ code: "bad_request" }] },
    });
    expect(await change(app, { useAnimalNames: true })).toMatchObject({
      body: { app: { settings: { multiConvoEnabled: true } } },
    });
  });

  test("of changes at the same moment none takes it back", async () => {
    const app = await server.newApp();
    await Promise.all(
      [true, false, true, false, true, false].map((multiConvoEnabled) => change(app, { multiConvoEnabled })),
    );
    expect(await app.api.get(`/v2/apps/${app.id}`)).toMatchObject({
      body: { app: { settings: { multiConvoEnabled: true } } },
    });
  });

  test("does not reach an integration that does not let its people start more", async () => {
    const app = await appWith({ multiConvoEnabled: true });
    const person = await newGuest(newDevice(server, app, await newIntegration(app)));
    expect(await another(person)).toMatchObject({ status: 403 });
  });
});

describe("the setting ignoreAutoConversationStart", () => {
  const getStarted = (id: string) => ({
    object: "page",
    entry: [
      {
        id: "106731941223392",
        time: Date.now(),
        messaging: [
          {
            sender: { id },
            recipient: { id: "106731941223392" },
            timestamp: Date.now(),
            postback: { mid: `start-${id}`, title: "Get Started", payload: "GET_STARTED" },
          },
        ],
      },
    ],
  });

  test("off, a person who presses Get Started is a user with a conversation; on, only who says something is", async () => {
    const app = await server.newApp();
    const messenger = await connect(app, "messenger");
    await deliver(server, messenger, getStarted("1001"));
    expect(await userIdsOf(server, app)).toHaveLength(1);
    await change(app, { ignoreAutoConversationStart: true });
    await deliver(server, messenger, getStarted("1002"));
    expect(await userIdsOf(server, app)).toHaveLength(1);
    await write(server, messenger, { id: "1002", text: "hello" });
    expect(await userIdsOf(server, app)).toHaveLength(2);
    await change(app, { ignoreAutoConversationStart: false });
    await deliver(server, messenger, getStarted("1003"));
    expect(await userIdsOf(server, app)).toHaveLength(3);
  });
});

describe("the setting conversationRetentionSeconds", () => {
  test("what was said longer ago is shown to nobody, nor counted as unread", async () => {
    const app = await appWith({ conversationRetentionSeconds: 3600 });
    const person = await newGuest(newDevice(server, app, await newIntegration(app)));
    const { conversationId } = person;
    const first = await say(app, conversationId, "one");
    await speak(person, "two");
    expect(await unreadOf(app, conversationId)).toEqual([1]);
    later(3601);
    expect(await textsOf(app, conversationId)).toEqual([]);
    expect(await unreadOf(app, conversationId)).toEqual([0]);
    for (const path of [`/conversations/${conversationId}`, `/conversations/${conversationId}/messages`])
      expect(await person.get(path)).toMatchObject({
        status: 200,
        body: { conversation: { participants: [{ unreadCount: 0 }] }, messages: [], hasPrevious: false },
      });
    expect(await person.get(`/appusers/${person.appUserId}/conversations`)).toMatchObject({
      body: { conversations: [{ _id: conversationId, participants: [{ unreadCount: 0 }] }] },
    });
    expect(await app.api.delete(`/v2/apps/${app.id}/conversations/${conversationId}/messages/${first}`)).toMatchObject({
      status: 404,
      body: { errors: [{ code: "not_found" }] },
    });
    // The conversation itself stays, and begins anew.
    await say(app, conversationId, "three");
    expect(await textsOf(app, conversationId)).toEqual(["three"]);
    expect(await unreadOf(app, conversationId)).toEqual([1]);
    await app.api.delete(`/v2/apps/${app.id}/conversations/${conversationId}/messages`);
    await say(app, conversationId, "four");
    expect((await person.get<WireConversation>(`/conversations/${conversationId}`)).body.messages).toMatchObject([
      { text: "four" },
    ]);
  });

  test("who logs in again finds nothing unread in a lapsed conversation", async () => {
    const app = await appWith({ conversationRetentionSeconds: 3600 });
    const browser = newDevice(server, app, await newIntegration(app));
    const { body } = await browser.login("ada");
    const participants = [{ userId: body.appUser._id }];
    await say(app, await newConversation(app, { type: "personal", participants }), "one");
    const unread = async () => {
      const again = await browser.login("ada");
      return again.body.conversations.map((one) => one.participants.map(({ unreadCount }) => unreadCount));
    };
    expect(await unread()).toEqual([[1]]);
    later(3601);
    expect(await unread()).toEqual([[0]]);
  });

  test("each message of the person, too, begins a lapsed conversation anew", async () => {
    const app = await appWith({ conversationRetentionSeconds: 3600 });
    const person = await newGuest(newDevice(server, app, await newIntegration(app)));
    await say(app, person.conversationId, "one");
    later(3601);
    await speak(person, "two");
    expect(await unreadOf(app, person.conversationId)).toEqual([0]);
    expect(await textsOf(app, person.conversationId)).toEqual(["two"]);
  });

  test("a person on a channel is heard in a lapsed conversation as in any other", async () => {
    const app = await appWith({ conversationRetentionSeconds: 3600 });
    const whatsapp = await connect(app, "whatsapp");
    const { user, conversationId } = await newPersonal(app);
    await app.api.post(`/v2/apps/${app.id}/users/${user.id}/clients`, {
      matchCriteria: { type: "whatsapp", integrationId: whatsapp.id, phoneNumber: "+15145580001" },
      confirmation: { type: "immediate" },
      target: { conversationId },
    });
    await write(server, whatsapp, { id: "15145580001", text: "one" });
    await say(app, conversationId, "two");
    expect(await unreadOf(app, conversationId)).toEqual([1]);
    later(3601);
    await write(server, whatsapp, { id: "15145580001", text: "three" });
    await write(server, whatsapp, { id: "15145580001", text: "four" });
    expect(await textsOf(app, conversationId)).toEqual(["three", "four"]);
    expect(await unreadOf(app, conversationId)).toEqual([0]);
  });

  test("what is not over yet stays, in pages that hold nothing else", async () => {
    const app = await appWith({ conversationRetentionSeconds: 3600 });
    const { conversationId } = await newPersonal(app);
    await Promise.all(Array.from({ length: 30 }, (_, index) => say(app, conversationId, `old ${index}`)));
    later(1800);
    const young = Array.from({ length: 90 }, (_, index) => `new ${index}`);
    for (const text of young) await say(app, conversationId, text);
    vi.setSystemTime(Date.now() + 1801_000);
    const path = `/v2/apps/${app.id}/conversations/${conversationId}/messages`;
    expect(await app.api.get(path)).toMatchObject({
      body: { messages: { length: 90 }, meta: { hasMore: false }, links: {} },
    });
    expect(await textsOf(app, conversationId)).toEqual(young);
  });

  test("switched off, what is said from then on stays", async () => {
    const app = await appWith({ conversationRetentionSeconds: 3600 });
    const { conversationId } = await newPersonal(app);
    await say(app, conversationId, "one");
    await change(app, { conversationRetentionSeconds: 0 });
    await say(app, conversationId, "two");
    later(3601);
    expect(await textsOf(app, conversationId)).toEqual(["two"]);
  });
});

describe("the setting useAnimalNames", () => {
  test("gives the unnamed a name, the same to everybody, and leaves the named theirs", async () => {
    const app = await appWith({ useAnimalNames: true });
    const web = await newIntegration(app);
    const unnamed = await newGuest(newDevice(server, app, web));
    const spoken = await speak(unnamed, "hi");
    expect(spoken.body.messages[0]?.name).toMatch(/^[A-Z][a-z]+ [A-Z][a-z]+$/);
    expect((await messagesOf(app, unnamed.conversationId))[0]?.author.displayName).toBe(spoken.body.messages[0]?.name);
    const whatsapp = await connect(app, "whatsapp");
    await write(server, whatsapp, { id: "15145590001", name: "Zoë Müller", text: "hi" });
    const [, named] = await userIdsOf(server, app);
    const [theirs = ""] = await conversationsOf(app, named ?? "");
    expect((await messagesOf(app, theirs))[0]?.author.displayName).toBe("Zoë Müller");
  });

  test("off, the unnamed have none", async () => {
    const app = await server.newApp();
    const person = await newGuest(newDevice(server, app, await newIntegration(app)));
    expect((await speak(person, "hi")).body.messages[0]?.name).toBeUndefined();
  });
});

describe("the setting maskCreditCardNumbers", () => {
  const card = "4111 1111 1111 1111";

  test.each([
    [true, "**** **** **** 1111"],
    [false, card],
  ])("%s, a card number is kept as %s, whoever says it and by whatever way", async (maskCreditCardNumbers, kept) => {
    const app = await appWith({ maskCreditCardNumbers });
    const person = await (await newWebPage(server, app)).visit(card);
    await speak(person, card);
    await app.api.post(`/v2/apps/${app.id}/conversations/${person.conversationId}/messages`, {
      author: { type: "business" },
      content: { type: "text", text: card, htmlText: `<b>${card}</b>` },
    });
    await app.api.post(`/v2/apps/${app.id}/conversations/${person.conversationId}/messages`, {
      author: { type: "business" },
      content: { type: "text", text: card, markdownText: `**${card}**` },
    });
    await app.api.post(`/v2/apps/${app.id}/conversations/${person.conversationId}/messages`, {
      author: { type: "business" },
      content: {
        type: "image",
        mediaUrl: "https://example.org/a.png",
        text: card,
        altText: card,
        actions: [{ type: "locationRequest", text: card }],
      },
    });
    expect((await messagesOf(app, person.conversationId)).map((message) => message.content)).toMatchObject([
      { text: kept },
      { text: kept },
      { text: kept, htmlText: `<b>${kept}</b>` },
      { text: kept, htmlText: `<p><strong>${kept}</strong></p>` },
      { text: kept, altText: kept, mediaUrl: "https://example.org/a.png", actions: [{ text: kept }] },
    ]);
    const whatsapp = await connect(app, "whatsapp");
    await write(server, whatsapp, { id: "15145590002", text: card });
    const [, writer] = await userIdsOf(server, app);
    const [theirs = ""] = await conversationsOf(app, writer ?? "");
    expect(await textsOf(app, theirs)).toEqual([kept]);
  });
});
