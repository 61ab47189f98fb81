import { beforeAll, describe, expect, test } from "vitest";
import { markConversationRead } from "../../../lib/conversations/updateConversation.ts";
import type { Db } from "../../../lib/db/db.ts";
import {
  addClientAssociation,
  byBusiness,
  countMessages,
  putNewConversation,
  removeParticipant,
  replaceParticipant,
  setClientAssociations,
  showExternalId,
} from "../../../lib/db/items/conversationItem.ts";
import { conversationKey } from "../../../lib/db/keys.ts";
import { type Operation, transact } from "../../../lib/db/transact.ts";
import { deleteItem, updateItem } from "../../../lib/db/writeItems.ts";
import type { Conversation, Participant } from "../../../lib/model/conversation.ts";
import { newUser } from "../../../lib/model/user.ts";
import { newTable } from "../../support/newTable.ts";
import {
  appId,
  association,
  markMerged,
  participant,
  storeConversation,
  storedConversation,
} from "../../support/storedConversation.ts";
import { freshId } from "../../support/unique.ts";

const now = new Date();
let db: Db;
beforeAll(async () => {
  db = await newTable();
});

const stored = (participants?: readonly Participant[], more?: Partial<Conversation>) =>
  storeConversation(db, participants, more);
const read = (conversation: Conversation) => storedConversation(db, conversation);

/** Whether operations are done, by themselves. */
const does = async (...operations: readonly Operation[]) => (await transact(db, { operations })).done;

describe("a conversation that is stored", () => {
  test("is created once", async () => {
    const conversation = await stored();
    expect(await does(putNewConversation(conversation, byBusiness))).toBe(false);
    expect(await does(putNewConversation({ ...conversation, id: freshId() }, byBusiness))).toBe(true);
  });
});

describe("the operations of a conversation", () => {
  test("count messages, and name, take out and associate its participants, while it stands", async () => {
    const user = { ...newUser(appId, "ada", now), externalId: "Ada" };
    const conversation = await stored([participant("ada"), participant("bob")], { messageCount: 1 });
    const key = conversationKey(appId, conversation.id);
    const operations = () => [
      countMessages(key, 2),
      removeParticipant(appId, "ada", conversation.id),
      setClientAssociations(conversation, "ada", [association("one")], [association("two")]),
      replaceParticipant(conversation, { from: "ada", to: { id: "eve" }, clientName: (id) => id, isDefault: false }),
    ];
    expect(await does(showExternalId(conversation.id, user))).toBe(true);
    expect(await does(showExternalId(conversation.id, { ...user, id: "eve" }))).toBe(false);
    expect(await read(conversation)).toMatchObject({ participants: [{ userExternalId: "Ada" }, { userId: "bob" }] });
    expect(await does(countMessages(key, 2))).toBe(true);
    expect(await read(conversation)).toMatchObject({ messageCount: 3 });
    expect(await does(removeParticipant(appId, "eve", conversation.id))).toBe(false);
    await markMerged(db, conversation);
    for (const operation of operations()) expect(await does(operation)).toBe(false);
    await updateItem(db, key, { set: { mergedInto: undefined } });
    expect(await does(removeParticipant(appId, "ada", conversation.id))).toBe(true);
    expect((await read(conversation))?.participants.map(({ userId }) => userId)).toEqual(["bob"]);
    await deleteItem(db, key);
    for (const operation of operations()) expect(await does(operation)).toBe(false);
  });

  test("give a participant one more client, if the clients are as they were read", async () => {
    const conversation = await stored([participant("ada")]);
    const clients = async () =>
      (await read(conversation))?.participants[0]?.clientAssociations.map((one) => one.clientId);
    expect(addClientAssociation(conversation, "ada", association("one"), true)).toEqual([]);
    expect(addClientAssociation(conversation, "ada", association("one"), false)).toEqual([]);
    const behind = addClientAssociation(conversation, "ada", association("two"), false);
    const before = addClientAssociation(conversation, "ada", association("two"), true);
    expect(await does(...behind)).toBe(true);
    expect(await clients()).toEqual(["one", "two"]);
    expect(await does(...before)).toBe(false);
    const now = (await read(conversation)) as Conversation;
    expect(addClientAssociation(now, "ada", association("two"), false)).toEqual([]);
    expect(await does(...addClientAssociation(now, "ada", association("two"), true))).toBe(true);
    expect(await clients()).toEqual(["two", "one"]);
    expect(await does(...addClientAssociation(conversation, "nobody", association("two"), true))).toBe(false);
    const three = await stored([participant("ada", { clientAssociations: ["1", "2", "3"].map(association) })]);
    expect(await does(...addClientAssociation(three, "ada", association("2"), true))).toBe(true);
    expect((await read(three))?.participants[0]?.clientAssociations).toEqual(["2", "1", "3"].map(association));
  });

  test("give the place of one user to another, who may be in it already", async () => {
    const leaving = participant("ada", { unreadCount: 2, lastRead: "1", clientAssociations: [association("two")] });
    const alone = await stored([leaving]);
    const replacement = {
      from: "ada",
      to: { id: "eve", externalId: "Eve" },
      clientName: (id: string) => `${id}'`,
      isDefault: false,
    };
    expect(await does(replaceParticipant(alone, replacement))).toBe(true);
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
    expect(await does(replaceParticipant(both, { ...replacement, isDefault: true }))).toBe(true);
    expect((await read(both))?.participants).toEqual([
      { ...present, unreadCount: 2, clientAssociations: [association("one'"), association("two'")] },
    ]);
    // What was said meanwhile is counted for the leaving participant: it is read again.
    const heard = await stored([leaving]);
    await markConversationRead({ db }, heard, { userId: "ada" }, now);
    expect(await does(replaceParticipant(heard, replacement))).toBe(false);
  });
});
