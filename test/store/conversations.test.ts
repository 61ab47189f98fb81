import { beforeAll, describe, expect, test } from "vitest";
import { type Conversation, newConversation, newParticipant, type Participant } from "../../lib/domain/conversation.ts";
import { newUser, type User } from "../../lib/domain/user.ts";
import {
  associate,
  conversationItem,
  countMessages,
  createConversation,
  enterConversation,
  findOpen,
  leaveConversation,
  nameParticipant,
  readConversation,
  renameParticipant,
  setAssociations,
} from "../../lib/store/conversationItem.ts";
import { conversationStore } from "../../lib/store/conversations.ts";
import { conversationKey, messageKey } from "../../lib/store/keys.ts";
import type { Table } from "../../lib/store/table.ts";
import { newTable } from "../support/newTable.ts";
import { freshId } from "../support/unique.ts";

const appId = "a".repeat(24);
const now = new Date();
let table: Table;
let store: ReturnType<typeof conversationStore>;
beforeAll(async () => {
  table = await newTable();
  store = conversationStore(table);
});

const association = (clientId: string) => ({ type: "line", clientId });
const participant = (userId: string, more: Partial<Participant> = {}): Participant => ({
  ...newParticipant(freshId(), { id: userId }, [association("one")]),
  ...more,
});

/** A conversation that stands in the table. */
async function stored(participants: readonly Participant[] = [], more: Partial<Conversation> = {}) {
  const kind = { type: "personal", isDefault: true } as const;
  const conversation = { ...newConversation(appId, freshId(), now, kind, participants), ...more };
  await table.put(conversationItem(conversation));
  return conversation;
}

const read = async ({ id }: { readonly id: string }) => {
  const item = await table.get(conversationKey(appId, id));
  return item && readConversation(item);
};
const close = ({ id }: Conversation) =>
  table.update(conversationKey(appId, id), { text: "SET mergedInto = :id", values: { ":id": "other" } });

/** Whether an operation is done, by itself. */
const does = async (...operations: Parameters<Table["transact"]>[0]) => (await table.transact(operations)).done;

describe("a conversation that is stored", () => {
  test("is read as it was, with its participants in the order in which they came", async () => {
    const whole = await stored(
      [
        participant("second", { id: "2", userExternalId: "Ada", unreadCount: 3, lastRead: now.toISOString() }),
        participant("third", { id: "3", clientAssociations: [] }),
        participant("first", { id: "1" }),
      ],
      {
        displayName: "Name",
        description: "Text",
        iconUrl: "https://example.com/",
        metadata: { large: 1e300 },
        businessLastRead: now.toISOString(),
        messageCount: 5,
        lapsesAt: "9999-01-01T00:00:00.000Z",
        clientsSeen: { one: now.toISOString() },
      },
    );
    const inOrder = {
      ...whole,
      participants: ["1", "2", "3"].map((id) => whole.participants.find((one) => one.id === id)),
    };
    expect(await store.find(appId, whole.id)).toEqual(inOrder);
    expect(await findOpen(table, appId, whole.id)).toEqual(inOrder);
    const bare = await stored();
    expect(await store.find(appId, bare.id)).toEqual(bare);
    expect(Object.keys(conversationItem(bare)).filter((name) => conversationItem(bare)[name] === undefined)).toContain(
      "metadata",
    );
    const absorbing = { ...bare, absorbing: ["1", "2"] };
    expect(readConversation(conversationItem(absorbing))).toEqual(absorbing);
    // An item of before clients were counted has none.
    expect(readConversation({ ...conversationItem(bare), clientsSeen: undefined }).clientsSeen).toEqual({});
  });

  test("is read with what was said in those that were merged into it", async () => {
    const [merged, kept] = [await stored(), await stored()];
    await close(merged);
    await table.put(conversationItem({ ...kept, absorbing: [merged.id] }));
    await table.put({ ...messageKey(appId, merged.id, "message"), order: "1" });
    expect(await store.find(appId, kept.id)).toEqual(kept);
    expect(await table.get(messageKey(appId, kept.id, "message"))).toMatchObject({ order: "1" });
    expect(await table.get(conversationKey(appId, merged.id))).toBeUndefined();
  });

  test("is created once", async () => {
    const conversation = await stored();
    expect(await does(createConversation(conversation))).toBe(false);
    expect(await does(createConversation({ ...conversation, id: freshId() }))).toBe(true);
  });

  test("is not found once it is merged into another, or gone", async () => {
    const merged = await stored([participant("ada")]);
    await close(merged);
    const ada = newUser(appId, "ada", now);
    for (const id of [merged.id, freshId()]) {
      expect(await store.find(appId, id)).toBeUndefined();
      expect(await findOpen(table, appId, id)).toBeUndefined();
      expect(await store.findAll(appId, [id])).toEqual([]);
      await expect(store.findOf(ada, id)).rejects.toMatchObject({ code: "conversation_not_found" });
      expect(await store.update(appId, id, (one) => one)).toBeUndefined();
      expect(await store.markRead(appId, id, "business", now)).toBe(false);
      expect(await store.markRead(appId, id, { userId: "ada" }, now)).toBe(false);
    }
    expect(await findOpen(table, appId, undefined)).toBeUndefined();
    await expect(store.findOf(ada)).rejects.toMatchObject({ code: "conversation_not_found" });
  });

  test("is found by those who are in it alone", async () => {
    const conversation = await stored([participant("ada")]);
    expect(await store.findOf(newUser(appId, "ada", now), conversation.id)).toEqual(conversation);
    await expect(store.findOf(newUser(appId, "bob", now), conversation.id)).rejects.toMatchObject({
      code: "conversation_not_found",
    });
  });

  test("shows nothing to read or to count once it has lapsed", async () => {
    const lapsed = await stored([participant("ada", { unreadCount: 2 })], {
      messageCount: 3,
      lapsesAt: new Date(0).toISOString(),
    });
    const shown = { messageCount: 0, participants: [{ unreadCount: 0 }] };
    expect(await store.find(appId, lapsed.id)).toMatchObject(shown);
    expect(await store.findAll(appId, [lapsed.id])).toMatchObject([shown]);
  });
});

describe("changing a conversation", () => {
  test("sets and clears its own words, and leaves the counters to others", async () => {
    const conversation = await stored([participant("ada")], {
      displayName: "Old",
      metadata: { a: 1 },
      messageCount: 4,
    });
    const next = { description: "Text", iconUrl: "https://example.com/", displayName: undefined, metadata: {} };
    expect(await store.update(appId, conversation.id, (one) => ({ ...one, ...next, messageCount: 0 }))).toEqual({
      ...conversation,
      ...next,
    });
    const all = { displayName: "New", description: "Words", iconUrl: "https://example.org/", metadata: { b: 2 } };
    expect(await store.update(appId, conversation.id, (one) => ({ ...one, ...all }))).toEqual({
      ...conversation,
      ...all,
    });
    expect(await read(conversation)).toEqual({ ...conversation, ...all });
  });

  test("follows a change that another makes meanwhile, and loses none", async () => {
    const conversation = await stored();
    const set = (fields: Partial<Conversation>) =>
      store.update(appId, conversation.id, (one) => ({ ...one, ...fields }));
    await Promise.all([
      set({ displayName: "Name" }),
      store.update(appId, conversation.id, (one) => ({ ...one, metadata: { ...one.metadata, a: 1 } })),
      store.update(appId, conversation.id, (one) => ({ ...one, metadata: { ...one.metadata, b: 1 } })),
      set({ description: "Text" }),
    ]);
    expect(await read(conversation)).toMatchObject({ metadata: { a: 1, b: 1 } });
    let first = true;
    const late = conversationStore({
      ...table,
      async update(...change) {
        if (first) await set({ metadata: { meanwhile: true } });
        first = false;
        return table.update(...change);
      },
    });
    await late.update(appId, conversation.id, (one) => ({ ...one, metadata: { ...one.metadata, late: true } }));
    expect(await read(conversation)).toMatchObject({ metadata: { meanwhile: true, late: true } });
  });

  test("to read is of the business, or of one participant", async () => {
    const conversation = await stored([participant("ada", { unreadCount: 2 }), participant("bob", { unreadCount: 1 })]);
    expect(await store.markRead(appId, conversation.id, { userId: "eve" }, now)).toBe(false);
    expect(await store.markRead(appId, conversation.id, { userId: "ada" }, now)).toBe(true);
    expect(await read(conversation)).toMatchObject({
      businessLastRead: undefined,
      participants: [
        { unreadCount: 0, lastRead: now.toISOString() },
        { unreadCount: 1, lastRead: undefined },
      ],
    });
    expect(await store.markRead(appId, conversation.id, "business", now)).toBe(true);
    expect(await read(conversation)).toMatchObject({
      businessLastRead: now.toISOString(),
      participants: [{}, { unreadCount: 1 }],
    });
  });
});

describe("a user's conversations", () => {
  /** Somebody with a first conversation and some more. */
  async function person(more: number, defaultId?: string): Promise<User> {
    const user: User = {
      ...newUser(appId, freshId(), now),
      hasMoreConversations: more > 0,
      ...(defaultId === undefined ? {} : { defaultConversationId: defaultId }),
    };
    for (let index = 0; index < more; index++) await does(enterConversation(appId, user.id, `${index + 1}`));
    return user;
  }
  type Query = Parameters<typeof store.idsOf>[1];
  const page = async (user: User, query: Query) => {
    const { ids, hasPrevious, hasNext } = await store.idsOf(user, query);
    return [ids.join(""), hasPrevious, hasNext];
  };

  test.each<[Query, string, boolean, boolean]>([
    [{ size: 3 }, "012", false, true],
    [{ size: 5 }, "01234", false, false],
    [{ size: 4 }, "0123", false, true],
    [{ size: 9 }, "01234", false, false],
    [{ size: 1 }, "0", false, true],
    [{ size: 2, after: "0" }, "12", true, true],
    [{ size: 2, after: "1" }, "23", true, true],
    [{ size: 2, after: "2" }, "34", true, false],
    [{ size: 2, after: "4" }, "", true, false],
    [{ size: 2, before: "4" }, "23", true, true],
    [{ size: 2, before: "3" }, "12", true, true],
    [{ size: 2, before: "2" }, "01", false, true],
    [{ size: 3, before: "2" }, "01", false, true],
    [{ size: 1, before: "1" }, "0", false, true],
    [{ size: 2, before: "0" }, "", false, true],
  ])(
    "are listed with the first before the others: %j is %s, with more before: %j, after: %j",
    async (query, ...expected) => {
      expect(await page(await person(4, "0"), query)).toEqual(expected);
    },
  );

  test.each<[Query, string | undefined, string, boolean, boolean]>([
    [{ size: 2 }, "0", "0", false, false],
    [{ size: 2, after: "0" }, "0", "", true, false],
    [{ size: 2, before: "0" }, "0", "", false, true],
    [{ size: 2, before: "1" }, "0", "0", false, true],
    [{ size: 2 }, undefined, "", false, false],
  ])("are at most one where there are no more: %j from %j is %j, %j, %j", async (query, defaultId, ...expected) => {
    expect(await page(await person(0, defaultId), query)).toEqual(expected);
  });

  test("need no reading to be listed where there is but one", async () => {
    const unread = conversationStore({ ...table, query: () => Promise.reject(new Error("read")) });
    expect(await unread.idsOf(await person(0, "0"), { size: 2 })).toMatchObject({ ids: ["0"] });
    expect(await unread.idsOf(await person(2, "0"), { size: 2, before: "0" })).toMatchObject({ ids: [] });
  });

  test("need no first one", async () => {
    expect(await page(await person(2), { size: 3 })).toEqual(["12", false, false]);
    expect(await page(await person(2), { size: 1 })).toEqual(["1", false, true]);
  });

  test("are read ten at a time from an offset on, as far as they exist", async () => {
    const first = await stored();
    const user: User = { ...(await person(0, first.id)), hasMoreConversations: true };
    const others: Conversation[] = [];
    for (let index = 0; index < 11; index++) {
      const other = await stored();
      others.push(other);
      await does(enterConversation(appId, user.id, other.id));
    }
    const ids = async (...of: Parameters<typeof store.listOf>) => {
      const { conversations, hasMore } = await store.listOf(...of);
      return [conversations.map(({ id }) => id), hasMore];
    };
    const all = [first, ...others].map(({ id }) => id);
    expect(await ids(user)).toEqual([all.slice(0, 10), true]);
    expect(await ids(user, 10)).toEqual([all.slice(10), false]);
    // What is known already is not read again.
    const known = { ...first, displayName: "Known" };
    expect((await store.listOf(user, 0, known)).conversations[0]).toMatchObject({ displayName: "Known" });
    await close(others[0] as Conversation);
    expect(await ids(user)).toEqual([[all[0], ...all.slice(2, 11)], true]);
  });
});

describe("the operations of a conversation", () => {
  test("count messages, and name, take out and associate its participants, while it stands", async () => {
    const user = { ...newUser(appId, "ada", now), externalId: "Ada" };
    const conversation = await stored([participant("ada"), participant("bob")], { messageCount: 1 });
    const key = conversationKey(appId, conversation.id);
    const operations = () => [
      countMessages(key, 2),
      leaveConversation(appId, "ada", conversation.id),
      setAssociations(conversation, "ada", [association("one")], [association("two")]),
      renameParticipant(conversation, "ada", { id: "eve" }, (id) => id, false),
    ];
    expect(await does(nameParticipant(conversation.id, user))).toBe(true);
    expect(await does(nameParticipant(conversation.id, { ...user, id: "eve" }))).toBe(false);
    expect(await read(conversation)).toMatchObject({ participants: [{ userExternalId: "Ada" }, { userId: "bob" }] });
    expect(await does(countMessages(key, 2))).toBe(true);
    expect(await read(conversation)).toMatchObject({ messageCount: 3 });
    expect(await does(leaveConversation(appId, "eve", conversation.id))).toBe(false);
    await close(conversation);
    for (const operation of operations()) expect(await does(operation)).toBe(false);
    await table.update(key, { text: "REMOVE mergedInto" });
    expect(await does(leaveConversation(appId, "ada", conversation.id))).toBe(true);
    expect((await read(conversation))?.participants.map(({ userId }) => userId)).toEqual(["bob"]);
    await table.delete(key);
    for (const operation of operations()) expect(await does(operation)).toBe(false);
  });

  test("give a participant one more client, if the clients are as they were read", async () => {
    const conversation = await stored([participant("ada")]);
    const clients = async () =>
      (await read(conversation))?.participants[0]?.clientAssociations.map((one) => one.clientId);
    expect(associate(conversation, "ada", association("one"), true)).toEqual([]);
    expect(associate(conversation, "ada", association("one"), false)).toEqual([]);
    const behind = associate(conversation, "ada", association("two"), false);
    const before = associate(conversation, "ada", association("two"), true);
    expect(await does(...behind)).toBe(true);
    expect(await clients()).toEqual(["one", "two"]);
    expect(await does(...before)).toBe(false);
    const now = (await read(conversation)) as Conversation;
    expect(associate(now, "ada", association("two"), false)).toEqual([]);
    expect(await does(...associate(now, "ada", association("two"), true))).toBe(true);
    expect(await clients()).toEqual(["two", "one"]);
    expect(await does(...associate(conversation, "nobody", association("two"), true))).toBe(false);
    const three = await stored([participant("ada", { clientAssociations: ["1", "2", "3"].map(association) })]);
    expect(await does(...associate(three, "ada", association("2"), true))).toBe(true);
    expect((await read(three))?.participants[0]?.clientAssociations).toEqual(["2", "1", "3"].map(association));
  });

  test("give the place of one user to another, who may be in it already", async () => {
    const leaving = participant("ada", { unreadCount: 2, lastRead: "1", clientAssociations: [association("two")] });
    const alone = await stored([leaving]);
    const named = { id: "eve", externalId: "Eve" };
    const clientName = (id: string) => `${id}'`;
    expect(await does(renameParticipant(alone, "ada", named, clientName, false))).toBe(true);
    expect(await read(alone)).toMatchObject({
      isDefault: false,
      participants: [
        {
          id: leaving.id,
          userId: "eve",
          userExternalId: "Eve",
          unreadCount: 2,
          lastRead: "1",
          clientAssociations: [association("two'")],
        },
      ],
    });
    const present = participant("eve", { unreadCount: 1, lastRead: "0" });
    const both = await stored([leaving, present]);
    expect(await does(renameParticipant(both, "ada", named, clientName, true))).toBe(true);
    expect((await read(both))?.participants).toEqual([
      { ...present, unreadCount: 2, clientAssociations: [association("one'"), association("two'")] },
    ]);
    // What was said meanwhile is counted for the one who leaves: it is read again.
    const heard = await stored([leaving]);
    await store.markRead(appId, heard.id, { userId: "ada" }, now);
    expect(await does(renameParticipant(heard, "ada", named, clientName, false))).toBe(false);
  });
});
