import { beforeAll, describe, expect, test } from "vitest";
import { type App, defaultSettings } from "../../lib/domain/app.ts";
import type { Client } from "../../lib/domain/client.ts";
import { type Conversation, newConversation, newParticipant } from "../../lib/domain/conversation.ts";
import type { Message } from "../../lib/domain/message.ts";
import { newUser, type User } from "../../lib/domain/user.ts";
import { waitAt } from "../../lib/store/channelAddresses.ts";
import { conversationItem, countMessages, enterConversation, findOpen } from "../../lib/store/conversationItem.ts";
import { type Deletion, deletionItem, isDone, readDeletion } from "../../lib/store/deletionItem.ts";
import { keyOfEmail } from "../../lib/store/emailItem.ts";
import { emptyPartition } from "../../lib/store/emptyPartition.ts";
import { erasureStore } from "../../lib/store/erasures.ts";
import { finishDeletion, resumeDeletion } from "../../lib/store/finishDeletion.ts";
import {
  channelAddress,
  conversationEntryKey,
  conversationKey,
  deletionKey,
  externalIdAddress,
  linkKey,
  messageKey,
  messagePrefix,
  userKey,
} from "../../lib/store/keys.ts";
import { mergeStore } from "../../lib/store/merges.ts";
import { messageItem, readMessage } from "../../lib/store/messageItem.ts";
import type { Table } from "../../lib/store/table.ts";
import { redirectItem } from "../../lib/store/userItem.ts";
import { userStore } from "../../lib/store/users.ts";
import { isHeir, vacate } from "../../lib/store/vacate.ts";
import { newTable, putAll } from "../support/newTable.ts";
import { freshId, uniqueNumber } from "../support/unique.ts";
import { userItemAt, writtenVersion } from "../support/userItemAt.ts";

const app: App = { id: "a".repeat(24), displayName: "App", settings: defaultSettings, metadata: {}, salt: "salt" };
const now = new Date();
let table: Table;
beforeAll(async () => {
  table = await newTable();
});

const erasures = (through = table) => {
  const users = userStore(through);
  return erasureStore(through, users, mergeStore(through));
};
const at = (id: string) => userStore(table).find(app.id, id);
const addressOf = (externalId: string) => channelAddress(app.salt, "line", externalId);
const line = (more: Partial<Client> = {}): Client => ({
  id: freshId(),
  type: "line",
  status: "active",
  integrationId: "line",
  externalId: `person ${uniqueNumber()}`,
  linkedAt: now.toISOString(),
  ...more,
});

/** Somebody who stands in the table, at the first version. */
async function person(fields: Partial<User> = {}): Promise<User> {
  const user: User = { ...newUser(app.id, freshId(), now), ...fields };
  await table.put(userItemAt(user, "1"));
  return user;
}

async function conversationOf(type: Conversation["type"], users: readonly string[], more: Partial<Conversation> = {}) {
  const members = users.map((id) => newParticipant(freshId(), { id }, []));
  const conversation = { ...newConversation(app.id, freshId(), now, { type, isDefault: true }, members), ...more };
  await table.put(conversationItem(conversation));
  return conversation;
}

/** What these users said, one message each. */
async function say(conversation: Conversation, ...users: readonly (string | undefined)[]) {
  const messages = users.map(
    (userId): Message => ({
      id: freshId(),
      received: now.toISOString(),
      author: userId === undefined ? { type: "business" } : { type: "user", userId },
      content: { type: "text", text: "words" },
      source: { type: "web" },
    }),
  );
  await putAll(
    table,
    messages.map((message) => messageItem(app, conversation.id, message)),
  );
  return messages.map(({ id }) => messageKey(app.id, conversation.id, id));
}
const standing = async (keys: readonly { pk: string; sk: string }[]) =>
  (await table.getAll(keys)).map((item) => item !== undefined);
const nothing = { conversationId: undefined, hasMoreConversations: false, addresses: [] };

describe("deleting a user", () => {
  test("who has nothing but the externalId is done in one step, and frees it", async () => {
    const user = await person({ externalId: "ada" });
    const address = externalIdAddress(app.salt, "ada");
    await table.put(redirectItem(app.id, address, { userId: user.id }));
    expect(await erasures().deleteUser(app, "ada")).toBe(true);
    for (const id of [user.id, address]) expect(await at(id)).toEqual({ kind: "vacancy", of: user.id });
    expect(await table.get(deletionKey(app.id, user.id))).toBeUndefined();
    expect(await erasures().deleteUser(app, "ada")).toBe(false);
    expect(await erasures().deleteUser(app, user.id)).toBe(false);
  });

  test("of a brand is of the brand's users", async () => {
    const named = async (brandId?: string) => {
      const id = externalIdAddress(app.salt, "zoe", brandId);
      return person({ id, externalId: "zoe", ...(brandId ? { brandId } : {}) });
    };
    const [plain, branded] = [await named(), await named("brand")];
    expect(await erasures().deleteUser(app, "zoe", "brand")).toBe(true);
    expect([(await at(plain.id))?.kind, (await at(branded.id))?.kind]).toEqual(["user", "vacancy"]);
  });

  test("frees channel identities, links and emails, and leaves what is another's", async () => {
    const aliases = [`alias ${uniqueNumber()}`, `alias ${uniqueNumber()}`];
    const [own, lost] = [line({ aliases }), line()];
    const { externalId: _, ...unnamed } = line();
    const waiting: Client = { ...unnamed, awaiting: { externalId: `awaited ${uniqueNumber()}`, primary: true } };
    const email = "ada@example.com";
    const user = await person({
      clients: [own, lost, waiting],
      identities: [{ type: "email", value: email, verification: "embed" }],
    });
    const to = { userId: user.id, clientId: own.id };
    const addresses = [own.externalId ?? "", ...aliases].map(addressOf);
    await table.put(redirectItem(app.id, addresses[0] ?? "", to));
    await table.put(redirectItem(app.id, addresses[1] ?? "", to));
    // At the second alias somebody lives who gave it up, and the other client's address is another's by now.
    const heir = { userId: user.id, clientId: own.id, conversationId: undefined };
    const other = { ...newUser(app.id, addresses[2] ?? "", now) };
    await table.put(userItemAt(other, "1", heir));
    await table.put(redirectItem(app.id, addressOf(lost.externalId ?? ""), { userId: "other" }));
    const awaited = addressOf(waiting.awaiting?.externalId ?? "");
    await table.put(waitAt(app, awaited, { userId: user.id, clientId: waiting.id }).put);
    await table.put({ ...keyOfEmail(app, email), userId: user.id });
    expect(await erasures().deleteUser(app, user.id)).toBe(true);
    for (const address of addresses.slice(0, 2)) expect(await at(address)).toEqual({ kind: "vacancy", of: user.id });
    expect(await at(addresses[2] ?? "")).toMatchObject({ kind: "user", heir: undefined, version: writtenVersion });
    expect(await at(addressOf(lost.externalId ?? ""))).toEqual({ kind: "redirect", userId: "other" });
    expect(await standing([linkKey(app.id, awaited), keyOfEmail(app, email)])).toEqual([false, false]);
  });

  test("lets another's client wait on where it waits instead of the user's", async () => {
    const waits = [1, 2, 3].map(
      (): Client => ({ ...line(), awaiting: { externalId: `awaited ${uniqueNumber()}`, primary: true } }),
    );
    const user = await person({ clients: waits });
    const awaited = waits.map(({ awaiting }) => addressOf(awaiting?.externalId ?? ""));
    for (const [index, address] of awaited.entries())
      await table.put(
        waitAt(app, address, { userId: user.id, clientId: index === 1 ? "other" : (waits[index]?.id ?? "") }).put,
      );
    expect(await erasures().deleteUser(app, user.id)).toBe(true);
    expect(await standing(awaited.map((address) => linkKey(app.id, address)))).toEqual([false, true, false]);
  });

  test("leaves the heir of the user's address there", async () => {
    const user = newUser(app.id, freshId(), now);
    const heir = { userId: freshId(), clientId: freshId(), conversationId: freshId() };
    await table.put(userItemAt(user, "1", heir));
    expect(await erasures().deleteUser(app, user.id)).toBe(true);
    expect(await at(user.id)).toEqual({ kind: "redirect", ...heir });
  });

  test("takes the default conversation along with all that was said in it, also what is still moving there", async () => {
    const id = freshId();
    const early = await conversationOf("personal", []);
    await table.put({ ...conversationItem(early), mergedInto: "the default one" });
    const conversation = await conversationOf("personal", [id], { absorbing: [early.id] });
    await person({ id, defaultConversationId: conversation.id });
    const keys = [...(await say(conversation, id, undefined)), ...(await say(early, id))];
    expect(await erasures().deleteUser(app, id)).toBe(true);
    expect(
      await standing([...keys, conversationKey(app.id, conversation.id), conversationKey(app.id, early.id)]),
    ).toEqual([...[false, false, false], ...[false, false]]);
    expect(await table.get(deletionKey(app.id, id))).toBeUndefined();
  });

  test("takes along personal conversations beyond the first, and of groups the words", async () => {
    const [id, merged, other, stranger] = [freshId(), freshId(), freshId(), freshId()];
    await person({ id, hasMoreConversations: true, formerIds: [merged] });
    // Whose address the merged one's is by now says nothing of who spoke.
    await table.put(redirectItem(app.id, merged, { userId: other }));
    await table.put(redirectItem(app.id, stranger, { userId: id }));
    const early = await conversationOf("personal", []);
    const personal = await conversationOf("personal", [id], { absorbing: [early.id] });
    const group = await conversationOf("sdkGroup", [id, other], { messageCount: 6 });
    const left = await person();
    const closed = await conversationOf("personal", [id]);
    await table.put({ ...conversationItem(closed), mergedInto: "other" });
    const gone = { ...personal, id: freshId() };
    for (const one of [personal, group, closed, gone]) await table.transact([enterConversation(app.id, id, one.id)]);
    const inPersonal = [...(await say(personal, id)), ...(await say(early, id))];
    const inGroup = await say(group, id, merged, other, stranger, undefined, left.id);
    const inClosed = await say(closed, id);
    const inGone = await say(gone, id);
    expect(await erasures().deleteUser(app, id)).toBe(true);
    expect(await standing([conversationKey(app.id, personal.id), ...inPersonal, ...inGone])).toEqual([
      ...[false, false, false],
      false,
    ]);
    expect(await standing(inGroup)).toEqual([false, false, true, true, true, true]);
    expect(await findOpen(table, app.id, group.id)).toMatchObject({
      messageCount: 4,
      participants: [{ userId: other }],
    });
    // What is left of a merged conversation is the business of the one it was merged into.
    expect(await standing([conversationKey(app.id, closed.id), ...inClosed])).toEqual([true, true]);
    const entries = [personal, group, closed, gone].map((one) => conversationEntryKey(app.id, id, one.id));
    expect(await standing(entries)).toEqual([false, false, false, false]);
  });

  test("of whom more was said than one transaction deletes keeps none of it", async () => {
    const [id, other] = [freshId(), freshId()];
    await person({ id, hasMoreConversations: true });
    const group = await conversationOf("sdkGroup", [id, other], { messageCount: 155 });
    await table.transact([enterConversation(app.id, id, group.id)]);
    const own = Array.from({ length: 150 }, () => id);
    await say(group, ...own, ...Array.from({ length: 5 }, () => other));
    expect(await erasures().deleteUser(app, id)).toBe(true);
    const range = { partition: conversationKey(app.id, group.id).pk, prefix: messagePrefix, limit: 200 };
    const authors = (await table.query(range)).items.map((item) => JSON.parse(item.author).userId);
    expect(authors).toEqual(Array.from({ length: 5 }, () => other));
    expect(await findOpen(table, app.id, group.id)).toMatchObject({ messageCount: 5 });
  });

  test("is of what was said beyond what one reading holds, too", async () => {
    const [id, other] = [freshId(), freshId()];
    await person({ id, hasMoreConversations: true });
    const group = await conversationOf("sdkGroup", [id, other], { messageCount: 1_003 });
    await table.transact([enterConversation(app.id, id, group.id)]);
    const keys = await say(group, ...Array.from({ length: 1_001 }, () => other), id, id);
    expect(await erasures().deleteUser(app, id)).toBe(true);
    expect(await standing(keys.slice(-3))).toEqual([true, false, false]);
    expect(await findOpen(table, app.id, group.id)).toMatchObject({ messageCount: 1_001 });
  });

  test("is whole though some of it is deleted by others meanwhile", async () => {
    const [id, other] = [freshId(), freshId()];
    await person({ id, hasMoreConversations: true });
    const group = await conversationOf("sdkGroup", [id, other], { messageCount: 3 });
    await table.transact([enterConversation(app.id, id, group.id)]);
    const keys = await say(group, id, id, other);
    let first = true;
    const late: Table = {
      ...table,
      async transact(operations) {
        // In the transaction that deletes both messages, one of them is gone already.
        if (first && operations.length === 3) {
          first = false;
          if (keys[0])
            await table.transact([{ delete: keys[0] }, countMessages(conversationKey(app.id, group.id), -1)]);
        }
        return table.transact(operations);
      },
    };
    expect(await erasures(late).deleteUser(app, id)).toBe(true);
    expect(first).toBe(false);
    expect(await standing(keys)).toEqual([false, false, true]);
    expect(await findOpen(table, app.id, group.id)).toMatchObject({ messageCount: 1 });
  });

  test("who changes meanwhile is read again", async () => {
    const user = await person({ externalId: freshId() });
    let first = true;
    const late: Table = {
      ...table,
      async transact(operations) {
        if (first) await table.put(userItemAt(user, "2"));
        first = false;
        return table.transact(operations);
      },
    };
    expect(await erasures(late).deleteUser(app, user.id)).toBe(true);
    expect(await at(user.id)).toMatchObject({ kind: "vacancy" });
  });

  test("who has others to take in first takes them in", async () => {
    const merged = freshId();
    const conversation = await conversationOf("personal", [merged]);
    await table.transact([enterConversation(app.id, merged, conversation.id)]);
    const user = await person({ absorbing: [merged], hasMoreConversations: true });
    expect(await erasures().deleteUser(app, user.id)).toBe(true);
    expect(await table.get(conversationKey(app.id, conversation.id))).toBeUndefined();
  });

  test("with more addresses than a transaction holds frees them all", async () => {
    const aliases = Array.from({ length: 120 }, () => `alias ${uniqueNumber()}`);
    const client = line({ aliases });
    const user = await person({ clients: [client] });
    const addresses = [client.externalId ?? "", ...aliases].map(addressOf);
    await putAll(
      table,
      addresses.map((address) => redirectItem(app.id, address, { userId: user.id })),
    );
    expect(await erasures().deleteUser(app, user.id)).toBe(true);
    for (const address of addresses) expect(await at(address)).toEqual({ kind: "vacancy", of: user.id });
    expect(await table.get(deletionKey(app.id, user.id))).toBeUndefined();
  });
});

describe("what tells who wrote a message", () => {
  const authorsIn = async (conversation: Conversation) =>
    (
      await table.query({
        partition: conversationKey(app.id, conversation.id).pk,
        prefix: messagePrefix,
        limit: 2_000,
      })
    ).items.map((item) => readMessage(item).author.displayName);

  test("goes from every message of the user, also where there are more than one reading holds", async () => {
    const [id, merged, other] = [freshId(), freshId(), freshId()];
    const first = await conversationOf("personal", [id]);
    await person({ id, defaultConversationId: first.id, hasMoreConversations: true, formerIds: [merged] });
    const early = await conversationOf("personal", []);
    const second = await conversationOf("personal", [id], { absorbing: [early.id] });
    const group = await conversationOf("sdkGroup", [id, other]);
    const closed = { ...second, id: freshId() };
    for (const one of [second, group, closed]) await table.transact([enterConversation(app.id, id, one.id)]);
    for (const [one, users] of [
      [first, Array.from({ length: 1_003 }, () => id)],
      [second, [merged]],
      [early, [id]],
      [group, [id, merged, other]],
    ] as const)
      await say(one, ...users);
    for (const one of [first, second, early, group]) await rename(one);
    expect(await erasures().deletePersonalInformation(app, id)).toMatchObject({ id });
    expect(new Set(await authorsIn(first))).toEqual(new Set([undefined]));
    expect(await authorsIn(second)).toEqual([undefined, undefined]);
    expect((await authorsIn(group)).filter((name) => name !== undefined)).toEqual([other]);
  });

  /** Gives every message of a conversation an author's name. */
  async function rename(conversation: Conversation): Promise<void> {
    const { pk } = conversationKey(app.id, conversation.id);
    const { items } = await table.query({ partition: pk, prefix: messagePrefix, limit: 2_000 });
    await putAll(
      table,
      items.map((item) => {
        const author = JSON.parse(item.author);
        return { ...item, author: JSON.stringify({ ...author, displayName: author.userId }) };
      }),
    );
  }
});

describe("a deletion that was interrupted", () => {
  test("after its first step has written down what is left, and goes on", async () => {
    const id = freshId();
    const conversation = await conversationOf("personal", [id]);
    const user = await person({ id, defaultConversationId: conversation.id });
    const keys = await say(conversation, id);
    const cutOff: Table = { ...table, query: () => Promise.reject(new Error("cut off")) };
    await expect(erasures(cutOff).deleteUser(app, user.id)).rejects.toThrow("cut off");
    expect(await at(id)).toMatchObject({ kind: "vacancy" });
    expect(await standing(keys)).toEqual([true]);
    expect(await erasures().deleteUser(app, user.id)).toBe(true);
    expect(await standing(keys)).toEqual([false]);
  });

  test("goes on when it is asked for again, by id or externalId", async () => {
    for (const by of ["id", "externalId"]) {
      const [id, externalId] = [freshId(), `name ${uniqueNumber()}`];
      const user = await person({ id, externalId });
      await table.put(redirectItem(app.id, externalIdAddress(app.salt, externalId), { userId: id }));
      await erasures().deleteUser(app, user.id);
      await table.put(deletionItem({ appId: app.id, userId: id, ...nothing }));
      expect(await erasures().deleteUser(app, by === "id" ? id : externalId)).toBe(true);
      expect(await table.get(deletionKey(app.id, id))).toBeUndefined();
      expect(await erasures().deleteUser(app, by === "id" ? id : externalId)).toBe(false);
    }
  });

  test("is written down, as long as anything is left to do", async () => {
    const deletion: Deletion = {
      appId: app.id,
      userId: freshId(),
      conversationId: "conversation",
      hasMoreConversations: true,
      formerIds: ["former"],
      addresses: ["address"],
    };
    expect(await resumeDeletion(table, app.id, deletion.userId)).toBe(false);
    await table.put(deletionItem(deletion));
    const item = await table.get(deletionKey(app.id, deletion.userId));
    expect(item && readDeletion(app.id, deletion.userId, item)).toEqual(deletion);
    expect(readDeletion(app.id, deletion.userId, deletionItem({ ...deletion, addresses: [] }))).toMatchObject({
      addresses: [],
    });
    expect(deletionItem({ ...deletion, addresses: [] }).addresses).toBeUndefined();
    expect(await resumeDeletion(table, app.id, deletion.userId)).toBe(true);
    expect(await table.get(deletionKey(app.id, deletion.userId))).toBeUndefined();
    const done: Deletion = { ...deletion, ...nothing };
    expect(isDone(done)).toBe(true);
    for (const left of ["conversationId", "hasMoreConversations", "addresses"] as const)
      expect(isDone({ ...done, [left]: deletion[left] })).toBe(false);
  });

  test("frees an address, whether the user is led to from there or lives there as another's heir", async () => {
    const user = freshId();
    const [redirect, born, others] = [freshId(), freshId(), freshId()];
    const heir = { userId: user, clientId: "client", conversationId: undefined };
    await table.put(redirectItem(app.id, redirect, { userId: user }));
    await table.put(userItemAt(newUser(app.id, born, now), "1", heir));
    await table.put(userItemAt(newUser(app.id, others, now), "1", { ...heir, userId: "other" }));
    const item = async (id: string) => table.get(userKey(app.id, id));
    expect([
      isHeir(await item(redirect), user),
      isHeir(await item(born), user),
      isHeir(await item(others), user),
    ]).toEqual([false, true, false]);
    expect(isHeir(undefined, user)).toBe(false);
    await finishDeletion(table, { appId: app.id, userId: user, ...nothing, addresses: [redirect, born, others] });
    expect(await at(redirect)).toEqual({ kind: "vacancy", of: user });
    expect(await at(born)).toMatchObject({ kind: "user", heir: undefined, version: writtenVersion });
    expect(await at(others)).toMatchObject({ kind: "user", heir: { userId: "other" }, version: "1" });
    await vacate(table, app.id, others, user);
    expect(await at(others)).toMatchObject({ version: "1" });
  });
});

describe("deleting personal information", () => {
  test("leaves the user with nothing that tells who it is, and the email to anybody", async () => {
    const email = `${freshId()}@example.com`;
    const user = await person({
      externalId: freshId(),
      profile: { givenName: "Ada" },
      metadata: { a: 1 },
      identities: [{ type: "email", value: email, verification: "embed" }],
    });
    await table.put({ ...keyOfEmail(app, email), userId: user.id });
    const cleared = { ...user, profile: {}, metadata: {}, identities: [] };
    expect(await erasures().deletePersonalInformation(app, user.id)).toEqual(cleared);
    expect(await at(user.id)).toMatchObject({ user: cleared, version: writtenVersion });
    expect(await table.get(keyOfEmail(app, email))).toBeUndefined();
    expect(await erasures().deletePersonalInformation(app, freshId())).toBeUndefined();
  });

  test("of a user who changes meanwhile is of the changed one", async () => {
    const user = await person();
    let first = true;
    const late: Table = {
      ...table,
      async transact(operations) {
        if (first) await table.put(userItemAt({ ...user, toBeRetained: true, profile: { surname: "Lovelace" } }, "2"));
        first = false;
        return table.transact(operations);
      },
    };
    expect(await erasures(late).deletePersonalInformation(app, user.id)).toMatchObject({
      toBeRetained: true,
      profile: {},
    });
  });
});

test("a partition is emptied, and it is told whether there was anything", async () => {
  const partition = conversationKey(app.id, freshId()).pk;
  await putAll(
    table,
    ["1", "2"].map((id) => ({ pk: partition, sk: messagePrefix + id })),
  );
  expect(await emptyPartition(table, partition)).toBe(true);
  expect((await table.query({ partition, limit: 1 })).items).toEqual([]);
  expect(await emptyPartition(table, partition)).toBe(false);
});
