import { beforeAll, describe, expect, test } from "vitest";
import { type App, defaultSettings } from "../../lib/domain/app.ts";
import { type Conversation, messageLimit, newConversation, newParticipant } from "../../lib/domain/conversation.ts";
import { newId } from "../../lib/domain/id.ts";
import type { Message } from "../../lib/domain/message.ts";
import { newUser } from "../../lib/domain/user.ts";
import { conversationItem, enterConversation, readConversation } from "../../lib/store/conversationItem.ts";
import { conversationStarts } from "../../lib/store/conversationStarts.ts";
import { conversationStore } from "../../lib/store/conversations.ts";
import { finishDeletion } from "../../lib/store/finishDeletion.ts";
import { conversationEntryKey, conversationKey, idempotentId, messageKey } from "../../lib/store/keys.ts";
import { membershipStore } from "../../lib/store/memberships.ts";
import { mergeStore } from "../../lib/store/merges.ts";
import { messageItem } from "../../lib/store/messageItem.ts";
import { messageStore, notice } from "../../lib/store/messages.ts";
import { people } from "../../lib/store/people.ts";
import type { Table } from "../../lib/store/table.ts";
import { userItem } from "../../lib/store/userItem.ts";
import { userStore } from "../../lib/store/users.ts";
import { newTable, putAll } from "../support/newTable.ts";

const app: App = { id: "a".repeat(24), displayName: "App", settings: defaultSettings, metadata: {}, salt: "salt" };
let table: Table;
beforeAll(async () => {
  table = await newTable();
});

describe("a message to a group as it was read", () => {
  test("of a user who has left since is not added", async () => {
    const now = new Date();
    const userId = "b".repeat(24);
    const group = newConversation(app.id, "c".repeat(24), now, { type: "sdkGroup", isDefault: false }, [
      newParticipant("d".repeat(24), { id: userId }, []),
    ]);
    await table.put(conversationItem(group));
    const say = (id: string) =>
      messageStore(table).add(app, group, {
        id,
        received: now.toISOString(),
        author: { type: "user", userId },
        content: { type: "text", text: "words" },
        source: { type: "web" },
      });
    expect(await say("e".repeat(24))).toBe("added");
    expect(await membershipStore(table).leave(group, userId)).toBe(true);
    expect(await say("f".repeat(24))).toBe("changed");
  });
});

const said = (id: string, userId: string, received = new Date()) => ({
  id,
  received: received.toISOString(),
  author: { type: "user" as const, userId },
  content: { type: "text", text: "words" },
  source: { type: "whatsapp" },
});

/** A group of two, with so many messages. */
async function newGroup(id: string, messageCount: number, lapsesAt?: string) {
  const members = ["1", "2"].map((digit) => digit.repeat(24)) as [string, string];
  const kind = { type: "sdkGroup", isDefault: false } as const;
  const participants = members.map((userId) => newParticipant(userId, { id: userId }, []));
  const group = {
    ...newConversation(app.id, id.repeat(24), new Date(), kind, participants),
    messageCount,
    lapsesAt,
  };
  await table.put(conversationItem(group));
  const count = async () => (await table.get(conversationKey(app.id, group.id)))?.messageCount;
  return { group, members, count };
}

describe("a further conversation of a person who was given an externalId meanwhile", () => {
  test("is made under the new name", async () => {
    const person = { ...newUser(app.id, "6".repeat(24), new Date()), defaultConversationId: "3".repeat(24) };
    const users = userStore(table);
    const { findPerson } = people(users, mergeStore(table));
    const starts = conversationStarts(table, users, conversationStore(table), findPerson);
    await table.put(userItem({ ...person, externalId: "ada" }));
    const device = { guid: "device", type: "web", integrationId: "5".repeat(24) } as const;
    const request = { app, person: { user: person, version: "of before" }, device, asked: {}, key: undefined };
    const clock = { now: () => new Date(), newId: () => newId(new Date()) };
    const { conversation } = await starts.start({ ...request, receivedAt: new Date() }, "started", clock);
    expect(conversation.participants).toMatchObject([{ userId: person.id, userExternalId: "ada" }]);
    expect(await table.get(conversationEntryKey(app.id, person.id, conversation.id))).toBeDefined();
  });
});

describe("the limit of messages", () => {
  test("stops the SDK and the business, and never a channel, which could not be told", async () => {
    const { group, members, count } = await newGroup("7", messageLimit);
    expect(await messageStore(table).add(app, group, said("8".repeat(24), members[0]))).toBe("full");
    const { change, condition } = notice(app, group, said("8".repeat(24), members[0]), "client");
    expect(await table.update(conversationKey(app.id, group.id), change, condition)).toEqual({ done: true });
    expect(await count()).toBe(messageLimit + 1);
  });

  test("is not met by what lapsed", async () => {
    const { group, members, count } = await newGroup("9", messageLimit, new Date(0).toISOString());
    expect(await messageStore(table).add(app, group, said("8".repeat(24), members[0]))).toBe("added");
    expect(await count()).toBe(1);
    // Read before it was counted anew, it is another conversation now, and no full one.
    const stale = readConversation(conversationItem({ ...group, lapsesAt: new Date(1).toISOString() }));
    await table.put(conversationItem(group));
    expect(await messageStore(table).add(app, stale, said("0".repeat(24), members[0]))).toBe("changed");
  });
});

describe("a member who is deleted from a group that was counted anew", () => {
  test("takes along what had expired without its being counted", async () => {
    const { group, members, count } = await newGroup("5", 2);
    const [gone, other] = members;
    const store = messageStore(table);
    for (const [id, userId] of [
      ["a", gone],
      ["b", gone],
      ["c", other],
    ] as const)
      await store.add(app, { ...group, messageCount: 0 }, said(id.repeat(24), userId));
    // The count of a group that lapsed after the first of these messages.
    await table.update(messageKey(app.id, group.id, "a".repeat(24)), {
      text: "SET expiresAt = :then",
      values: { ":then": 1 },
    });
    await table.update(conversationKey(app.id, group.id), {
      text: "SET messageCount = :two",
      values: { ":two": 2 },
    });
    const entry = enterConversation(app.id, gone, group.id);
    if ("put" in entry) await table.put(entry.put);
    await finishDeletion(table, {
      appId: app.id,
      userId: gone,
      conversationId: undefined,
      hasMoreConversations: true,
      addresses: [],
    });
    expect(await count()).toBe(1);
  });
});

describe("what is said in a conversation", () => {
  const retaining = (seconds: number): App => ({
    ...app,
    settings: { ...defaultSettings, conversationRetentionSeconds: seconds },
  });
  const store = () => messageStore(table);
  let next = 0;
  const freshId = () => `e${(++next).toString(16)}`.padEnd(24, "0");
  const message = (received: Date, more: Partial<Message> = {}): Message => ({
    ...said(freshId(), "1".repeat(24), received),
    ...more,
  });
  const fresh = async (type: Conversation["type"] = "sdkGroup", lapsesAt?: string, people = ["1", "2"]) => {
    const members = people.map((digit) => newParticipant(digit.repeat(24), { id: digit.repeat(24) }, []));
    const conversation = {
      ...newConversation(app.id, freshId(), new Date(), { type, isDefault: false }, members),
      lapsesAt,
    };
    await table.put(conversationItem(conversation));
    return conversation;
  };
  const read = async ({ id }: Conversation) => {
    const item = await table.get(conversationKey(app.id, id));
    return item && readConversation(item);
  };
  const unreadOf = async (conversation: Conversation) =>
    (await read(conversation))?.participants.map(({ unreadCount }) => unreadCount);
  /** Messages that stand in the table, at these milliseconds. */
  const stored = async (conversation: Conversation, times: readonly number[], of = app) => {
    const messages = times.map((time) => message(new Date(time)));
    await putAll(
      table,
      messages.map((one) => messageItem(of, conversation.id, one)),
    );
    return messages;
  };
  const ids = (messages: readonly Message[]) => messages.map(({ id }) => id);

  test("is read as it was, each part there is, and none that there is not", async () => {
    const group = await fresh();
    const whole = message(new Date(), { metadata: { a: 1 }, raw: { b: 2 } });
    expect(await store().add(app, group, whole)).toBe("added");
    expect(await store().find(group, whole.id)).toEqual(whole);
    const bare = message(new Date());
    await store().add(app, group, bare);
    expect(await store().find(group, bare.id)).toEqual(bare);
    expect(await table.get(messageKey(app.id, group.id, bare.id))).not.toHaveProperty("metadata");
    expect(await store().find(group, freshId())).toBeUndefined();
    expect(await store().add(app, group, whole)).toBe("exists");
    expect(await read(group)).toMatchObject({ messageCount: 2 });
  });

  test("counts, is the latest, and is unread by all but who said it", async () => {
    const group = await fresh();
    const received = new Date(Date.now() + 5);
    await store().add(app, group, message(received));
    expect(await read(group)).toMatchObject({
      messageCount: 1,
      lastUpdatedAt: received.toISOString(),
      participants: [{ unreadCount: 0 }, { unreadCount: 1 }],
    });
    await store().add(app, group, message(received, { author: { type: "business" } }));
    expect(await unreadOf(group)).toEqual([1, 2]);
    const personal = await fresh("personal", undefined, ["1"]);
    await store().add(app, personal, message(received));
    expect(await unreadOf(personal)).toEqual([0]);
    await store().add(app, personal, message(received, { author: { type: "business" } }));
    expect(await unreadOf(personal)).toEqual([1]);
  });

  test("makes its conversation lapse later, or never again where the app keeps all", async () => {
    const group = await fresh();
    const received = new Date(1e12);
    await store().add(retaining(60), group, message(received));
    expect(await read(group)).toMatchObject({ lapsesAt: new Date(1e12 + 60_000).toISOString() });
    await store().add(app, await fresh(), message(received));
    const lapsing = await fresh("sdkGroup", "9999-01-01T00:00:00.000Z");
    await store().add(app, lapsing, message(received));
    expect((await read(lapsing))?.lapsesAt).toBeUndefined();
  });

  test("in a conversation that has lapsed is counted anew, for everybody", async () => {
    const lapsed = await fresh("sdkGroup", new Date(0).toISOString());
    const before = {
      ...lapsed,
      messageCount: 5,
      participants: lapsed.participants.map((one) => ({ ...one, unreadCount: 4 })),
    };
    await table.put(conversationItem(before));
    await store().add(app, before, message(new Date()));
    expect(await read(lapsed)).toMatchObject({
      messageCount: 1,
      participants: [{ unreadCount: 0 }, { unreadCount: 1 }],
    });
    await table.put(conversationItem(before));
    const { change, condition } = notice(app, before, message(new Date(5)), "client");
    expect((await table.update(conversationKey(app.id, lapsed.id), change, condition)).done).toBe(true);
    expect(await read(lapsed)).toMatchObject({ messageCount: 1, clientsSeen: { client: new Date(5).toISOString() } });
  });

  test("is not added to a conversation that was merged into another, or is gone", async () => {
    const merged = await fresh();
    await table.put({ ...conversationItem(merged), mergedInto: "other" });
    expect(await store().add(app, merged, message(new Date()))).toBe("changed");
    await table.delete(conversationKey(app.id, merged.id));
    expect(await store().add(app, merged, message(new Date()))).toBe("changed");
    await table.put({ ...conversationItem({ ...merged, messageCount: messageLimit - 1 }) });
    expect(await store().add(app, merged, message(new Date()))).toBe("added");
    expect(await store().add(app, merged, message(new Date()))).toBe("full");
  });

  test("is in pages of a hundred in the order of receipt, both ways from a message", async () => {
    const group = await fresh();
    const all = ids(
      await stored(
        group,
        Array.from({ length: 230 }, (_, index) => Math.floor(index / 2)),
      ),
    );
    const page = async (query: Parameters<ReturnType<typeof store>["list"]>[1]) => {
      const found = await store().list(group, query);
      return found && [ids(found.records), found.hasPrevious, found.hasNext];
    };
    expect(await page({})).toEqual([all.slice(130), true, false]);
    expect(await page({ before: all[130] })).toEqual([all.slice(30, 130), true, true]);
    expect(await page({ before: all[30] })).toEqual([all.slice(0, 30), false, true]);
    expect(await page({ before: all[100] })).toEqual([all.slice(0, 100), false, true]);
    expect(await page({ after: all[29] })).toEqual([all.slice(30, 130), true, true]);
    expect(await page({ after: all[129] })).toEqual([all.slice(130), true, false]);
    expect(await page({ after: all[229] })).toEqual([[], true, false]);
    expect(await page({ after: freshId() })).toBeUndefined();
    expect(await page({ before: freshId() })).toBeUndefined();
  });

  test("is in whole milliseconds for an SDK, whose cursors are times", async () => {
    const group = await fresh();
    // The hundredth from the end and the three before it are of one time.
    const times = Array.from({ length: 150 }, (_, index) =>
      index >= 47 && index < 51 ? 50 : index < 47 ? index : index + 10,
    );
    const all = ids(await stored(group, times));
    const page = async (bounds?: Parameters<ReturnType<typeof store>["latest"]>[1]) => {
      const found = await store().latest(group, bounds);
      return [ids(found.messages), found.hasPrevious, found.hasNext];
    };
    const at = (time: number) => new Date(time);
    expect(await page()).toEqual([all.slice(47), true, false]);
    expect(await page({ before: at(50) })).toEqual([all.slice(0, 47), false, true]);
    expect(await page({ before: at(159) })).toEqual([all.slice(47, 149), true, true]);
    expect(await page({ after: at(50) })).toEqual([all.slice(51), true, false]);
    expect(await page({ after: at(0) })).toEqual([all.slice(1, 101), true, true]);
    expect(await page({ after: at(46) })).toEqual([all.slice(47, 147), true, true]);
    expect(await page({ after: at(999) })).toEqual([[], true, false]);
  });

  test("is not shown, found or deleted once its time is up, though it stands there still", async () => {
    const group = await fresh();
    const old = await stored(
      group,
      Array.from({ length: 120 }, (_, index) => index),
      retaining(60),
    );
    expect((await store().latest(group)).messages).toEqual([]);
    expect(await store().latest(group, { after: new Date(0) })).toMatchObject({ messages: [], hasNext: false });
    const [now] = await stored(group, [Date.now()], retaining(60));
    expect(ids((await store().latest(group)).messages)).toEqual([now?.id]);
    expect(await store().latest(group)).toMatchObject({ hasPrevious: false });
    // The page of what is over is passed by on the way to what is not.
    expect(ids((await store().latest(group, { after: new Date(1) })).messages)).toEqual([now?.id]);
    expect(await store().find(group, old[0]?.id ?? "")).toBeUndefined();
    expect(await store().delete(group, old[0]?.id ?? "")).toBe(false);
    expect(await store().find(group, now?.id ?? "")).toEqual(now);
  });

  test("is of the person who is in a personal conversation now, and in a group of who said it", async () => {
    const [personal, group] = [await fresh("personal", undefined, ["1"]), await fresh("sdkGroup")];
    const author = { type: "user", userId: "merged" } as const;
    const said = message(new Date(), { author });
    const business = message(new Date(), { author: { type: "business", userId: "agent" } });
    for (const { id } of [personal, group])
      for (const one of [said, business]) await table.put(messageItem(app, id, one));
    expect((await store().find(personal, said.id))?.author).toEqual({ ...author, userId: "1".repeat(24) });
    expect((await store().find(personal, business.id))?.author).toEqual(business.author);
    expect((await store().find(group, said.id))?.author).toEqual(author);
    expect((await store().latest(personal)).messages.map((one) => one.author.userId)).toEqual([
      "1".repeat(24),
      "agent",
    ]);
  });

  test("is deleted and counted down, one or all", async () => {
    const group = await fresh();
    const messages = await stored(
      group,
      Array.from({ length: 205 }, () => Date.now()),
    );
    const expired = await stored(group, [1, 2], retaining(1));
    await table.put(conversationItem({ ...group, messageCount: messages.length }));
    expect(await store().delete(group, messages[0]?.id ?? "")).toBe(true);
    expect(await store().delete(group, messages[0]?.id ?? "")).toBe(false);
    expect(await read(group)).toMatchObject({ messageCount: 204 });
    await store().deleteAll(group);
    expect(await read(group)).toMatchObject({ messageCount: 0 });
    const keys = [...messages, ...expired].map(({ id }) => messageKey(app.id, group.id, id));
    expect((await Promise.all(keys.map((key) => table.get(key)))).every((item) => item === undefined)).toBe(true);
    // Of a conversation that is gone, nothing is deleted here.
    const [last] = await stored(group, [Date.now()]);
    await table.delete(conversationKey(app.id, group.id));
    expect(await store().delete(group, last?.id ?? "")).toBe(false);
    await store().deleteAll(group);
    expect(await store().find(group, last?.id ?? "")).toEqual(last);
  });

  test("has an id that follows from a user's idempotency key", () => {
    const id = (of: App, userId: string, key: string) => store().idOfRequest(of, userId, key);
    expect(id(app, "ada", "1")).toBe(idempotentId(app.salt, "ada", "message", "1"));
    const others = [id({ ...app, salt: "other" }, "ada", "1"), id(app, "bob", "1"), id(app, "ada", "2")];
    expect(new Set([id(app, "ada", "1"), ...others]).size).toBe(4);
    expect(id(app, "ada", "1")).not.toBe(idempotentId(app.salt, "ada", "conversation", "1"));
  });
});
