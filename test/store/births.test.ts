import { describe, expect, test } from "vitest";
import { type App, defaultSettings } from "../../lib/domain/app.ts";
import { type DeviceDescription, deviceOfSession, sessionHash, withoutSessions } from "../../lib/domain/device.ts";
import type { User } from "../../lib/domain/user.ts";
import { birthStore } from "../../lib/store/births.ts";
import { readConversation } from "../../lib/store/conversationItem.ts";
import { conversationStarts, type StartRequest } from "../../lib/store/conversationStarts.ts";
import { conversationStore } from "../../lib/store/conversations.ts";
import {
  birthKey,
  conversationEntryKey,
  conversationKey,
  firstConversationId,
  idempotentId,
} from "../../lib/store/keys.ts";
import { mergeStore } from "../../lib/store/merges.ts";
import { messageStore } from "../../lib/store/messages.ts";
import { people } from "../../lib/store/people.ts";
import { userStore } from "../../lib/store/users.ts";
import { newTable } from "../support/newTable.ts";
import { freshId } from "../support/unique.ts";
import { userItemAt } from "../support/userItemAt.ts";

const app: App = { id: "a".repeat(24), displayName: "App", settings: defaultSettings, metadata: {}, salt: "salt" };
const now = new Date("2026-01-01T00:00:00.900Z");
const table = await newTable();
const users = userStore(table);
const conversations = conversationStore(table);
const { findPerson } = people(users, mergeStore(table));
// Made anew for each use, for mutants are switched on while a test runs.
const births = () => birthStore(table, users, findPerson);
const starts = () => conversationStarts(table, users, conversations, findPerson);

const clock = { now: () => now, newId: freshId };
const later = (seconds: number) => new Date(now.getTime() + seconds * 1000);
const find = async (userId: string) => (await users.findById(app.id, userId))?.user;
const device: DeviceDescription = { guid: "device", type: "ios", integrationId: "b".repeat(24) };
const asked = { displayName: "Help", messages: [{ text: "Hello" }] };
const said = async (conversationId: string) => {
  const conversation = await conversations.find(app.id, conversationId);
  const { messages } = conversation ? await messageStore(table).latest(conversation) : { messages: [] };
  return messages.map(({ content, source }) => [content.text, source.type]);
};

const bear = (mark: { parts: string[]; seconds: number }, token: string, at = now) =>
  births().bear(app, mark, { device, session: sessionHash(token), fields: { profile: {} }, asked }, at, clock);
const newMark = () => ({ parts: ["device", freshId()], seconds: 60 });

describe("an anonymous user", () => {
  test("is born with a session, a conversation and what was said, all that the mark is known by", async () => {
    const mark = newMark();
    const { user, born } = await bear(mark, "first");
    expect(await find(user.id)).toEqual(user);
    expect(user.defaultConversationId).toBe(firstConversationId(app.salt, user.id));
    expect(deviceOfSession(user, "first")).toMatchObject({ guid: "device", lastSeen: now.toISOString() });
    const conversation = await conversations.find(app.id, user.defaultConversationId ?? "");
    expect(conversation).toEqual(born?.conversation);
    expect(conversation).toMatchObject({ displayName: "Help", isDefault: true, messageCount: 1 });
    expect(await said(conversation?.id ?? "")).toEqual([["Hello", "ios"]]);
    expect(await table.get(birthKey(app.id, idempotentId(app.salt, ...mark.parts)))).toMatchObject({
      userId: user.id,
      expiresAt: Math.floor(now.getTime() / 1000) + 60,
    });
  });

  test("is found by the same request as long as the mark holds, which gives the device another session", async () => {
    const mark = newMark();
    const { user } = await bear(mark, "first");
    for (const [index, at] of [now, later(60)].entries()) {
      const again = await bear(mark, `again-${index}`, at);
      expect(again).toMatchObject({ user: { id: user.id } });
      expect(again.born).toBeUndefined();
      for (const token of ["first", `again-${index}`])
        expect(deviceOfSession((await find(user.id)) as User, token)).toMatchObject({ lastSeen: at.toISOString() });
    }
    expect((await bear(mark, "much later", later(61))).user.id).not.toBe(user.id);
  });

  test("is somebody new to the same request once the first has no session left, or is gone", async () => {
    const mark = newMark();
    const first = await bear(mark, "first");
    await table.put(userItemAt(withoutSessions(first.user), "signed out"));
    const second = await bear(mark, "second");
    expect(second.born).toBeDefined();
    expect(second.user.id).not.toBe(first.user.id);
    // The mark names the second from then on.
    expect((await bear(mark, "third")).user.id).toBe(second.user.id);
    await table.delete({ pk: `user#${app.id}#${second.user.id}`, sk: "user" });
    expect((await bear(mark, "fourth")).born).toBeDefined();
  });

  test("is not born under the id of another", async () => {
    const { user } = await bear(newMark(), "first");
    const taken = { now: () => now, newId: () => user.id };
    const newcomer = { device, session: "s", fields: {}, asked };
    await expect(births().bear(app, newMark(), newcomer, now, taken)).rejects.toThrow("taken");
    expect(await find(user.id)).toEqual(user);
  });
});

describe("a conversation that a person starts", () => {
  /** Somebody without a conversation who asks for one. */
  async function asking(key?: string, fields: Partial<User> = {}): Promise<StartRequest> {
    const { user } = await bear(newMark(), "token");
    const person = { ...user, defaultConversationId: undefined, ...fields };
    await table.delete(conversationKey(app.id, user.defaultConversationId ?? ""));
    await table.put(userItemAt(person, "1"));
    return { app, person: { user: person, version: "1" }, device, asked, key, receivedAt: now };
  }

  test("is the first one, with what was said, whether further ones are allowed or not", async () => {
    const request = await asking("key");
    const { user, conversation } = await starts().start(request, "refused", clock);
    expect(user.defaultConversationId).toBe(conversation.id);
    expect(await find(user.id)).toEqual(user);
    expect(await conversations.find(app.id, conversation.id)).toEqual(conversation);
    expect(await said(conversation.id)).toContainEqual(["Hello", "ios"]);
    // The same request, which still has the user as it was, or has read it anew.
    for (const known of [request.person, { user, version: "any" }])
      expect(await starts().start({ ...request, person: known }, "refused", clock)).toMatchObject({
        conversation: { id: conversation.id },
      });
    const another = { ...request, person: { user, version: "any" }, key: "another", receivedAt: later(1) };
    await expect(starts().start(another, "refused", clock)).rejects.toMatchObject({ code: "forbidden" });
    expect((await starts().start(another, "started", clock)).conversation.id).not.toBe(conversation.id);
  });

  test("without a key is the first one for every request that was under way when it was made", async () => {
    const request = await asking();
    const { user, conversation } = await starts().start(request, "refused", clock);
    const again = await starts().start(request, "started", clock);
    expect(again.conversation.id).toBe(conversation.id);
    const person = { user, version: "any" };
    await expect(starts().start({ ...request, person, receivedAt: later(1) }, "refused", clock)).rejects.toMatchObject({
      code: "forbidden",
    });
  });

  test("is the first one for a request under another key that came before it was made, or had read that there is none", async () => {
    const request = { ...(await asking("key")), asked: { messages: [{ text: "Help" }] } };
    const { user, conversation } = await starts().start(request, "refused", clock);
    const others = [
      { ...request, key: "received before", person: { user, version: "any" } },
      { ...request, key: "read before", receivedAt: later(1) },
    ];
    for (const other of others)
      expect((await starts().start(other, "refused", clock)).conversation.id).toBe(conversation.id);
    expect((await said(conversation.id)).filter(([text]) => text === "Help")).toHaveLength(3);
  });

  test("takes what is said with a request that comes late once, also where that has been said by another a while ago", async () => {
    const request = { ...(await asking()), asked: { messages: [{ text: "Help" }] } };
    const { user, conversation } = await starts().start(request, "refused", clock);
    const person = { user, version: "any" };
    for (const receivedAt of [now, later(30), later(31), later(31)]) {
      const late = { now: () => receivedAt, newId: freshId };
      await starts().start({ ...request, person, receivedAt }, "the first", late);
    }
    expect((await said(conversation.id)).filter(([text]) => text === "Help")).toHaveLength(2);
  });

  test("is a further one under the id of the request, which lists it under the user", async () => {
    const request = await asking("further", { defaultConversationId: "c".repeat(24) });
    const { user, conversation } = await starts().start(request, "started", clock);
    expect(conversation).toMatchObject({ isDefault: false, id: idOfRequest(request) });
    expect(user).toMatchObject({ defaultConversationId: "c".repeat(24), hasMoreConversations: true });
    expect(await find(user.id)).toMatchObject({ hasMoreConversations: true });
    expect(await table.get(conversationEntryKey(app.id, user.id, conversation.id))).toBeDefined();
    expect(await said(conversation.id)).toEqual([["Hello", "ios"]]);
    expect((await starts().start(request, "refused", clock)).conversation).toEqual(conversation);
  });
  const idOfRequest = ({ person, key = "" }: StartRequest) =>
    idempotentId(app.salt, person.user.id, "conversation", key);

  test("is found as lapsed where it is", async () => {
    const request = await asking("lapsing");
    const { user, conversation } = await starts().start(request, "refused", clock);
    const item = await table.get(conversationKey(app.id, conversation.id));
    if (item) await table.put({ ...item, lapsesAt: new Date(0).toISOString() });
    const again = await starts().start({ ...request, person: { user, version: "any" } }, "refused", clock);
    expect(readConversation(item ?? {})).toMatchObject({ messageCount: 1 });
    expect(again.conversation).toMatchObject({ id: conversation.id, messageCount: 0 });
  });

  test("is there for who signs in with one, who is changed as the request says, however often", async () => {
    const request = await asking();
    const rename = (user: User): User => ({ ...user, profile: { givenName: "Ada" } });
    const first = await starts().withFirst(request, rename, clock);
    expect(first).toMatchObject({ profile: { givenName: "Ada" }, defaultConversationId: expect.any(String) });
    // Who was read before the change is read anew, and who needs none is not written.
    expect(await starts().withFirst(request, rename, clock)).toEqual(first);
    const { version } = (await users.findById(app.id, first.id)) ?? {};
    const known = { ...request, person: { user: first, version: version ?? "" } };
    expect(await starts().withFirst(known, rename, clock)).toEqual(first);
    expect(await users.findById(app.id, first.id)).toMatchObject({ version });
    const renamed = await starts().withFirst(known, (user) => ({ ...user, profile: { givenName: "Eve" } }), clock);
    expect(renamed).toMatchObject({ profile: { givenName: "Eve" } });
    expect(await find(first.id)).toEqual(renamed);
  });

  test("is nobody's who is gone", async () => {
    const request = await asking();
    await table.delete({ pk: `user#${app.id}#${request.person.user.id}`, sk: "user" });
    await expect(starts().start(request, "started", clock)).rejects.toMatchObject({ code: "user_not_found" });
  });
});
