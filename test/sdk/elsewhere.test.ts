import { describe, expect, test, vi } from "vitest";
import { setUp } from "./setUp.ts";

const fixture = setUp();
const anna = { externalId: "anna", jwt: "anna.1" };

describe("a conversation that was started elsewhere", () => {
  test("is taken up by who writes without knowing of it", async () => {
    const { smooch, events, names } = await fixture.open(anna);
    const id = fixture.server.startElsewhere(smooch.getUser()?.id ?? "", "one", "two");
    await smooch.sendMessage("three");
    expect(smooch.getConversations().map((one) => one.id)).toEqual([id]);
    expect(smooch.getDisplayedConversation()?.messages.map(({ text }) => text)).toEqual(["one", "two", "three"]);
    expect(names()).toEqual(["ready", "conversation:added", "message", "message:sent"]);
    expect(events[1]?.[2]).toEqual({ conversation: { id } });
    expect(fixture.server.calls("POST /appusers/*/conversations")).toEqual([]);
  });

  test("is what createConversation answers, displayed with its messages", async () => {
    const { smooch, names } = await fixture.open(anna);
    const id = fixture.server.startElsewhere(smooch.getUser()?.id ?? "", "one", "two");
    const conversation = await smooch.createConversation();
    expect(conversation).toMatchObject({ id, messages: [{ text: "one" }, { text: "two" }] });
    expect(smooch.getDisplayedConversation()).toBe(conversation);
    expect(names()).toEqual(["ready", "conversation:added"]);
    expect(fixture.server.calls("POST /appusers/*/conversations")).toEqual([]);
  });

  test("at the same time is what createConversation answers", async () => {
    const { smooch } = await fixture.open(anna);
    const release = fixture.server.hold();
    const asked = fixture.server.arrival("GET /appusers/*/conversations");
    // The answer to the first look says that there is none.
    fixture.server.fail("GET /appusers/*/conversations", { status: 200, body: { conversations: [] } });
    const created = smooch.createConversation();
    await asked;
    const id = fixture.server.startElsewhere(smooch.getUser()?.id ?? "");
    release();
    expect((await created).id).toBe(id);
  });

  test("is what createConversation answers where several are no longer allowed", async () => {
    fixture.server.multiConvoEnabled = true;
    const { smooch } = await fixture.open(anna);
    fixture.server.multiConvoEnabled = false;
    const id = fixture.server.startElsewhere(smooch.getUser()?.id ?? "");
    expect((await smooch.createConversation()).id).toBe(id);
  });

  test("is known after createConversation with options was refused", async () => {
    const { smooch } = await fixture.open(anna);
    const id = fixture.server.startElsewhere(smooch.getUser()?.id ?? "");
    await expect(smooch.createConversation({ displayName: "Order" })).rejects.toMatchObject({ status: 403 });
    expect(smooch.getDisplayedConversation()?.id).toBe(id);
  });
});

describe("a user who was deleted while signed in", () => {
  test("is made anew by the next message", async () => {
    const { smooch, events, names } = await fixture.open(anna);
    const { id } = await smooch.createConversation();
    const former = smooch.getUser()?.id ?? "";
    fixture.server.deleteUser(former);
    expect(await smooch.sendMessage("Hello?")).toMatchObject({ text: "Hello?" });
    expect(smooch.getUser()).toMatchObject({ externalId: "anna" });
    expect(smooch.getUser()?.id).not.toBe(former);
    const [call] = fixture.server.calls("POST /appusers");
    expect(call?.headers.authorization).toBe("Bearer anna.1");
    expect(call?.body).toMatchObject({ userId: "anna", intent: "message:appUser" });
    expect(names()).toEqual([
      "ready",
      "conversation:added",
      "conversation:removed",
      "conversation:added",
      "message",
      "message:sent",
    ]);
    expect(events[2]).toEqual(["conversation:removed", { conversation: { id } }]);
  });

  test("is made anew by the next conversation", async () => {
    const { smooch } = await fixture.open(anna);
    fixture.server.deleteUser(smooch.getUser()?.id ?? "");
    await smooch.createConversation();
    expect(smooch.getUser()?.id).toBe([...fixture.server.users.keys()][0]);
  });

  test("is forgotten when the displayed conversation is looked at, and a login with the same token makes it anew", async () => {
    const tab = await fixture.open(anna);
    await tab.smooch.createConversation();
    fixture.server.deleteUser(tab.smooch.getUser()?.id ?? "");
    const removed = tab.next("conversation:removed");
    tab.elapse(5000);
    await removed;
    await vi.waitFor(() => expect(tab.smooch.getUser()).toBeUndefined());
    expect(tab.smooch.getConversations()).toEqual([]);
    expect(tab.waiting()).toEqual([]);
    await tab.smooch.login("anna", "anna.1");
    expect(tab.smooch.getUser()).toMatchObject({ externalId: "anna" });
    expect(tab.names()).toEqual(["ready", "conversation:added", "conversation:removed"]);
  });

  test("and made anew on another device is that one here too", async () => {
    const { smooch } = await fixture.open(anna);
    fixture.server.deleteUser(smooch.getUser()?.id ?? "");
    const { _id, conversations } = fixture.server.known("anna", 1);
    await smooch.sendMessage("Hello?");
    expect(smooch.getUser()?.id).toBe(_id);
    expect(smooch.getDisplayedConversation()?.id).toBe(conversations[0]?._id);
  });

  test("and is refused again and again does not lead to a loop", async () => {
    const { smooch } = await fixture.open(anna);
    await smooch.createConversation();
    const refused = { status: 404, body: { error: { code: "user_not_found" } } };
    fixture.server.fail("POST /conversations/*/messages", ...Array(20).fill(refused));
    const before = fixture.server.seen.length;
    await expect(smooch.sendMessage("Hello?")).rejects.toMatchObject({ code: "user_not_found" });
    expect(fixture.server.seen.length - before).toBeLessThan(5);
  });
});
