import { describe, expect, test } from "vitest";
import { setUp } from "./setUp.ts";

const fixture = setUp();
const POLL = 5000;

describe("sendMessage", () => {
  test("to nobody's conversation first makes user and conversation", async () => {
    const { smooch, names } = await fixture.open();
    const message = await smooch.sendMessage("Hello");
    expect(fixture.server.calls("POST /appusers")[0]?.body).toMatchObject({ intent: "message:appUser" });
    const user = smooch.getUser();
    expect(message).toMatchObject({ role: "user", userId: user?.id, type: "text", text: "Hello" });
    expect(smooch.getDisplayedConversation()?.messages).toEqual([message]);
    const [call] = fixture.server.calls("POST /conversations/*/messages");
    expect(call?.headers["idempotency-key"]).toMatch(/^[0-9a-f]{32}$/);
    expect(call?.body).toMatchObject({
      message: { type: "text", text: "Hello", role: "appUser" },
      author: { role: "appUser", appUserId: user?.id, client: { platform: "web" } },
    });
    expect(names()).toEqual(["ready", "conversation:added", "message", "message:sent"]);
  });

  test("called several times at once keeps the order and makes one user", async () => {
    const { smooch } = await fixture.open();
    await Promise.all(["one", "two", "three"].map((text) => smooch.sendMessage(text)));
    expect(smooch.getDisplayedConversation()?.messages.map(({ text }) => text)).toEqual(["one", "two", "three"]);
    expect(fixture.server.users.size).toBe(1);
  });

  test("right after createConversation goes into that conversation", async () => {
    const { smooch } = await fixture.open();
    const [{ id }] = await Promise.all([smooch.createConversation(), smooch.sendMessage("Hello")]);
    expect(smooch.getDisplayedConversation()).toMatchObject({ id, messages: [{ text: "Hello" }] });
    expect(fixture.server.users.size).toBe(1);
  });

  test("after a lost answer delivers the message once", async () => {
    const { smooch } = await fixture.open();
    await smooch.createConversation();
    fixture.server.fail("POST /conversations/*/messages", "answer lost", "unreachable");
    await smooch.sendMessage("Hello");
    expect(fixture.server.calls("POST /conversations/*/messages")).toHaveLength(3);
    const [user] = [...fixture.server.users.values()];
    expect(user?.conversations[0]?.messages.map(({ text }) => text)).toEqual(["Hello"]);
  });

  test("that is refused does not hold up the next one", async () => {
    const { smooch } = await fixture.open();
    await smooch.createConversation();
    fixture.server.fail("POST /conversations/*/messages", { status: 400 });
    const [refused, sent] = await Promise.allSettled([smooch.sendMessage(""), smooch.sendMessage("Hello")]);
    expect(refused).toMatchObject({ status: "rejected", reason: { status: 400 } });
    expect(sent.status).toBe("fulfilled");
  });

  test("lets the delegate change the message", async () => {
    const { smooch } = await fixture.open({
      delegate: { beforeSend: (message, { conversation }) => ({ ...message, metadata: { in: conversation.id } }) },
    });
    const { id } = await smooch.createConversation();
    await smooch.sendMessage({ type: "text", text: "Hello" });
    expect(fixture.server.calls("POST /conversations/*/messages")[0]?.body).toMatchObject({
      message: { text: "Hello", metadata: { in: id } },
    });
  });

  test("by a user who has no conversation yet starts the first one", async () => {
    const { smooch } = await fixture.open({ externalId: "anna", jwt: "anna.1" });
    await smooch.sendMessage("Hello");
    expect(fixture.server.calls("POST /appusers/*/conversations")[0]?.body).toMatchObject({
      intent: "message:appUser",
    });
  });
});

describe("a first conversation", () => {
  test.each([[["one"]], [["one", "two"]]])("is answered with the messages it was created with: %j", async (texts) => {
    const { smooch, names } = await fixture.open();
    const messages = texts.map((text) => ({ type: "text" as const, text }));
    const conversation = await smooch.createConversation({ messages });
    expect(conversation.messages.map(({ text }) => text)).toEqual(texts);
    expect(smooch.getDisplayedConversation()).toBe(conversation);
    expect(fixture.server.calls("GET /conversations/*/messages")).toHaveLength(texts.length - 1);
    expect(names()).toEqual(["ready", "conversation:added"]);
  });
});

describe("the displayed conversation", () => {
  test("is looked at every five seconds while the page is visible, and tells what the business wrote", async () => {
    const tab = await fixture.open();
    expect(tab.waiting()).toEqual([]);
    const { id } = await tab.smooch.createConversation();
    expect(tab.waiting()).toEqual([POLL]);
    const connected = tab.next("connected");
    tab.elapse(POLL);
    expect(await connected).toEqual(["connected", { conversation: { id } }]);

    fixture.server.businessWrites(tab.smooch.getUser()?.id ?? "", "How can we help?");
    const unread = tab.next("unreadCount");
    tab.elapse(POLL);
    expect(await unread).toEqual(["unreadCount", 1, { conversation: { id } }]);
    expect(tab.names().slice(-3)).toEqual(["message", "message:received", "unreadCount"]);
    expect(tab.events.at(-2)).toMatchObject([
      "message:received",
      { role: "business", text: "How can we help?" },
      { conversation: { id } },
    ]);
    // The wire's author of such a message is no user.
    expect(tab.events.at(-2)?.[1]).not.toHaveProperty("userId");
    expect(tab.smooch.getDisplayedConversation()?.participants[0]?.unreadCount).toBe(1);
  });

  test("is left alone while the page is hidden, and looked at when it comes back", async () => {
    const tab = await fixture.open();
    await tab.smooch.createConversation();
    tab.show(false);
    expect(tab.waiting()).toEqual([]);
    const connected = tab.next("connected");
    tab.show(true);
    await connected;
    expect(fixture.server.calls("GET /conversations/*/messages")).toHaveLength(1);
  });

  test("is looked at as soon as the network is back", async () => {
    const tab = await fixture.open();
    await tab.smooch.createConversation();
    const connected = tab.next("connected");
    tab.connect(true);
    await connected;
    expect(fixture.server.calls("GET /conversations/*/messages")).toHaveLength(1);
  });

  test("is looked at as often as the page asks for", async () => {
    const tab = await fixture.open({ pollInterval: 20_000 });
    await tab.smooch.createConversation();
    expect(tab.waiting()).toEqual([20_000]);
  });

  test("is looked at more rarely while the server fails, and says so once", async () => {
    const tab = await fixture.open();
    const { id } = await tab.smooch.createConversation();
    const connected = tab.next("connected");
    tab.elapse(POLL);
    await connected;
    fixture.server.fail("GET /conversations/*/messages", { status: 503 }, { status: 503 });
    const disconnected = tab.next("disconnected");
    tab.elapse(POLL);
    expect(await disconnected).toEqual(["disconnected", { conversation: { id } }]);
    const again = tab.next("connected");
    tab.elapse(2 * POLL);
    tab.elapse(4 * POLL);
    await again;
    const looked = fixture.server.arrival("GET /conversations/*/messages");
    tab.elapse(POLL);
    await looked;
    expect(tab.names().filter((name) => name === "disconnected")).toHaveLength(1);
  });

  test("that is gone is removed and no longer looked at", async () => {
    const tab = await fixture.open();
    const { id } = await tab.smooch.createConversation();
    fixture.server.user(tab.smooch.getUser()?.id ?? "").conversations.pop();
    const removed = tab.next("conversation:removed");
    tab.elapse(POLL);
    expect(await removed).toEqual(["conversation:removed", { conversation: { id } }]);
    expect(tab.smooch.getDisplayedConversation()).toBeNull();
    expect(tab.smooch.getConversations()).toEqual([]);
    expect(tab.waiting()).toEqual([]);
  });

  test("of an anonymous user whose session ended elsewhere is no longer looked at", async () => {
    const tab = await fixture.open();
    await tab.smooch.createConversation();
    fixture.server.endSession(tab.smooch.getUser()?.id ?? "");
    const ended = tab.next("session:ended");
    tab.elapse(POLL);
    await ended;
    expect(tab.smooch.getUser()).toBeUndefined();
    expect(tab.waiting()).toEqual([]);
  });

  test("is no longer looked at after destroy", async () => {
    const tab = await fixture.open();
    await tab.smooch.createConversation();
    tab.smooch.destroy();
    tab.show(false);
    tab.show(true);
    expect(tab.waiting()).toEqual([]);
    expect(fixture.server.calls("GET /conversations/*/messages")).toEqual([]);
  });

  test("tells who joined, who left, and who read", async () => {
    const tab = await fixture.open();
    await tab.smooch.createConversation();
    const [conversation] = fixture.server.user(tab.smooch.getUser()?.id ?? "").conversations;
    const look = async (event: "participant:added" | "participant:removed" | "conversation:read") => {
      const happened = tab.next(event);
      tab.elapse(POLL);
      const [, payload] = await happened;
      return payload;
    };
    conversation?.participants.push({ _id: "p2", appUserId: "ben", unreadCount: 0, lastRead: 1 });
    expect(await look("participant:added")).toEqual({ id: "p2", userId: "ben", unreadCount: 0, lastRead: 1 });
    Object.assign(conversation?.participants[1] ?? {}, { lastRead: 2 });
    expect(await look("conversation:read")).toEqual({ role: "user", userId: "ben", lastRead: 2 });
    Object.assign(conversation ?? {}, { businessLastRead: 3 });
    expect(await look("conversation:read")).toEqual({ role: "business", lastRead: 3 });
    conversation?.participants.pop();
    expect(await look("participant:removed")).toMatchObject({ id: "p2" });
  });
});

describe("markAllAsRead", () => {
  test("tells the server and the page", async () => {
    const { conversations, _id } = fixture.server.known("anna", 1);
    fixture.server.businessWrites(_id, "Hello");
    const { smooch, events } = await fixture.open({ externalId: "anna", jwt: "anna.1" });
    expect(smooch.getDisplayedConversation()?.participants[0]?.unreadCount).toBe(1);
    await smooch.markAllAsRead();
    expect(fixture.server.calls("POST /conversations/*/activity")[0]?.body).toMatchObject({
      activity: { type: "conversation:read" },
      author: { role: "appUser", appUserId: _id },
    });
    const data = { conversation: { id: conversations[0]?._id } };
    expect(events.slice(-2)).toEqual([
      ["unreadCount", 0, data],
      ["conversation:read", { role: "user", userId: _id, lastRead: expect.any(Number) }, data],
    ]);
    expect(smooch.getDisplayedConversation()?.participants[0]?.unreadCount).toBe(0);
  });
});

describe("typing", () => {
  const said = () =>
    fixture.server.calls("POST /conversations/*/activity").map(({ body }) => (body.activity as { type: string }).type);

  test("is said once however often the page reports it, and ends ten seconds after the last report", async () => {
    const tab = await fixture.open();
    await tab.smooch.createConversation();
    await tab.smooch.startTyping();
    await tab.smooch.startTyping();
    expect(said()).toEqual(["typing:start"]);
    const stopped = fixture.server.arrival("POST /conversations/*/activity");
    tab.elapse(10_000);
    expect((await stopped).body).toMatchObject({ activity: { type: "typing:stop" } });
  });

  test("ends when the page says so", async () => {
    const tab = await fixture.open();
    await tab.smooch.createConversation();
    await tab.smooch.startTyping();
    await tab.smooch.stopTyping();
    await tab.smooch.stopTyping();
    expect(tab.waiting()).toEqual([POLL]);
    expect(said()).toEqual(["typing:start", "typing:stop"]);
  });
});

describe("conversations", () => {
  test("come in pages of ten", async () => {
    fixture.server.known("anna", 12);
    const { smooch } = await fixture.open({ externalId: "anna", jwt: "anna.1" });
    expect(smooch.getConversations()).toHaveLength(10);
    expect(smooch.hasMoreConversations()).toBe(true);
    expect(await smooch.getMoreConversations()).toHaveLength(2);
    expect(fixture.server.seen.at(-1)?.path).toMatch(/\/conversations\?offset=10$/);
    expect(smooch.getConversations()).toHaveLength(12);
    expect(smooch.hasMoreConversations()).toBe(false);
  });

  test("are loaded, fetched and changed by id", async () => {
    const [second, first] = fixture.server.known("anna", 2).conversations;
    const { smooch } = await fixture.open({ externalId: "anna", jwt: "anna.1" });
    expect((await smooch.getConversationById()).id).toBe(first?._id);
    expect((await smooch.loadConversation(second?._id ?? "")).id).toBe(second?._id);
    expect(smooch.getDisplayedConversation()?.id).toBe(second?._id);
    const changed = await smooch.updateConversation(first?._id ?? "", { displayName: "Order", description: null });
    expect(changed).toMatchObject({ id: first?._id, displayName: "Order", description: null });
    expect(fixture.server.calls("PUT /conversations/*")[0]?.body).toMatchObject({
      client: { platform: "web" },
      displayName: "Order",
      description: null,
    });
    expect(smooch.getConversations()[0]).toBe(changed);
  });

  test("that do not exist are refused", async () => {
    const { smooch } = await fixture.open();
    await expect(smooch.getConversationById()).rejects.toMatchObject({ code: "conversation_not_found", status: 404 });
    await smooch.createConversation();
    await expect(smooch.loadConversation("elsewhere")).rejects.toMatchObject({ code: "conversation_not_found" });
  });
});

describe("listeners", () => {
  test("that throw disturb neither the SDK nor one another", async () => {
    const tab = fixture.openTab();
    const uncaught = new Promise((resolve) => process.once("uncaughtException", resolve));
    let told = 0;
    tab.smooch.on("ready", () => {
      throw new Error("a page's mistake");
    });
    tab.smooch.on("ready", () => {
      told++;
    });
    await fixture.initialise(tab);
    expect(told).toBe(1);
    expect(await uncaught).toMatchObject({ message: "a page's mistake" });
  });

  test("are unbound one by one, by event, or all", async () => {
    const { smooch } = await fixture.open();
    const told: string[] = [];
    const one = () => void told.push("one");
    smooch.on("conversation:added", one);
    smooch.on("conversation:added", () => void told.push("two"));
    smooch.on("message", () => void told.push("three"));
    smooch.off("conversation:added", one);
    await smooch.createConversation();
    smooch.off("message");
    await smooch.sendMessage("Hello");
    expect(told).toEqual(["two"]);
    smooch.off();
  });
});
