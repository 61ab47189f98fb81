import { beforeAll, describe, expect, test } from "vitest";
import { addMessage } from "../../../lib/conversations/addMessage.ts";
import type { Db } from "../../../lib/db/db.ts";
import { type Deletion, deletionItem, isDone, readDeletion } from "../../../lib/db/items/deletionItem.ts";
import { redirectItem } from "../../../lib/db/items/userItem.ts";
import { conversationKey, deletionKey, externalIdAddress, messageKey, userKey } from "../../../lib/db/keys.ts";
import { getItem } from "../../../lib/db/readItems.ts";
import { putItem, updateItem } from "../../../lib/db/writeItems.ts";
import { deleteUser } from "../../../lib/users/delete/deleteUser.ts";
import { finishDeletion, resumeDeletion } from "../../../lib/users/delete/finishDeletion.ts";
import { isHeldFor, releaseIdentityNow } from "../../../lib/users/delete/releaseIdentity.ts";
import { readAddress } from "../../../lib/users/findUser.ts";
import { intercept } from "../../support/intercept.ts";
import { newTable } from "../../support/newTable.ts";
import { participant, storeConversation } from "../../support/storedConversation.ts";
import { messageOf, storeGroup } from "../../support/storedMessages.ts";
import { app, storeUser } from "../../support/storedUsers.ts";
import { freshId, uniqueNumber } from "../../support/unique.ts";
import { writtenVersion } from "../../support/userItemAt.ts";
import { listUnder, standsAt, storeMessages } from "../../support/userMessages.ts";

let db: Db;
beforeAll(async () => {
  db = await newTable();
});

const at = (id: string) => readAddress({ db }, app.id, id);
const nothing = { conversationId: undefined, hasMoreConversations: false, addresses: [] };

describe("a deletion that was interrupted", () => {
  test("after its first step has written down what is left, and goes on", async () => {
    const id = freshId();
    const conversation = await storeConversation(db, [participant(id, { clientAssociations: [] })]);
    const { user } = await storeUser(db, { id, defaultConversationId: conversation.id });
    const keys = await storeMessages(db, conversation, id);
    const cutOff = intercept(db, async ({ name }, send) => {
      if (name === "Query") throw new Error("cut off");
      return send();
    });
    await expect(deleteUser({ db: cutOff }, app, user.id)).rejects.toThrow("cut off");
    expect(await at(id)).toMatchObject({ kind: "vacancy" });
    expect(await standsAt(db, keys)).toEqual([true]);
    expect(await deleteUser({ db }, app, user.id)).toBe(true);
    expect(await standsAt(db, keys)).toEqual([false]);
  });

  test("goes on when it is asked for again, by id or externalId", async () => {
    for (const by of ["id", "externalId"]) {
      const [id, externalId] = [freshId(), `name ${uniqueNumber()}`];
      const { user } = await storeUser(db, { id, externalId });
      await putItem(db, redirectItem(app.id, externalIdAddress(app.salt, externalId), { userId: id }));
      await deleteUser({ db }, app, user.id);
      await putItem(db, deletionItem({ appId: app.id, userId: id, ...nothing }));
      expect(await deleteUser({ db }, app, by === "id" ? id : externalId)).toBe(true);
      expect(await getItem(db, deletionKey(app.id, id))).toBeUndefined();
      expect(await deleteUser({ db }, app, by === "id" ? id : externalId)).toBe(false);
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
    expect(await resumeDeletion({ db }, app.id, deletion.userId)).toBe(false);
    await putItem(db, deletionItem(deletion));
    const item = await getItem(db, deletionKey(app.id, deletion.userId));
    expect(item && readDeletion(app.id, deletion.userId, item)).toEqual(deletion);
    expect(readDeletion(app.id, deletion.userId, deletionItem({ ...deletion, addresses: [] }))).toMatchObject({
      addresses: [],
    });
    expect(deletionItem({ ...deletion, addresses: [] }).addresses).toBeUndefined();
    expect(await resumeDeletion({ db }, app.id, deletion.userId)).toBe(true);
    expect(await getItem(db, deletionKey(app.id, deletion.userId))).toBeUndefined();
    const done: Deletion = { ...deletion, ...nothing };
    expect(isDone(done)).toBe(true);
    for (const left of ["conversationId", "hasMoreConversations", "addresses"] as const)
      expect(isDone({ ...done, [left]: deletion[left] })).toBe(false);
  });

  test("frees an address, whether the user is led to from there or lives there as another's heir", async () => {
    const user = freshId();
    const [redirect, born, others] = [freshId(), freshId(), freshId()];
    const owner = { userId: user, clientId: "client", conversationId: undefined };
    await putItem(db, redirectItem(app.id, redirect, { userId: user }));
    await storeUser(db, { id: born }, owner);
    await storeUser(db, { id: others }, { ...owner, userId: "other" });
    const item = async (id: string) => getItem(db, userKey(app.id, id));
    expect([
      isHeldFor(await item(redirect), user),
      isHeldFor(await item(born), user),
      isHeldFor(await item(others), user),
    ]).toEqual([false, true, false]);
    expect(isHeldFor(undefined, user)).toBe(false);
    await finishDeletion({ db }, { appId: app.id, userId: user, ...nothing, addresses: [redirect, born, others] });
    expect(await at(redirect)).toEqual({ kind: "vacancy", of: user });
    const freed = await at(born);
    expect(freed).toMatchObject({ kind: "user", version: writtenVersion });
    expect(freed).not.toHaveProperty("identityOwner");
    expect(await at(others)).toMatchObject({ kind: "user", identityOwner: { userId: "other" }, version: "1" });
    await releaseIdentityNow({ db }, app.id, others, user);
    expect(await at(others)).toMatchObject({ version: "1" });
  });
});

describe("a member who is deleted from a group that was counted anew", () => {
  test("takes along what had expired without its being counted", async () => {
    const { group, members, count } = await storeGroup(db, "5", 2);
    const [gone, other] = members;
    for (const [id, userId] of [
      ["a", gone],
      ["b", gone],
      ["c", other],
    ] as const)
      await addMessage({ db }, app, { ...group, messageCount: 0 }, messageOf(id.repeat(24), userId));
    // The count of a group that lapsed after the first of these messages.
    await updateItem(db, messageKey(app.id, group.id, "a".repeat(24)), { set: { expiresAt: 1 } });
    await updateItem(db, conversationKey(app.id, group.id), { set: { messageCount: 2 } });
    await listUnder(db, gone, group);
    await finishDeletion(
      { db },
      { appId: app.id, userId: gone, conversationId: undefined, hasMoreConversations: true, addresses: [] },
    );
    expect(await count()).toBe(1);
  });
});
