import type { QueryInput } from "@aws-sdk/client-dynamodb";
import { beforeAll, describe, expect, test } from "vitest";
import { findOpenConversation } from "../../../lib/conversations/findConversation.ts";
import { pageConversationIds } from "../../../lib/conversations/listConversations.ts";
import type { Db } from "../../../lib/db/db.ts";
import { readConversation } from "../../../lib/db/items/conversationItem.ts";
import { redirectItem } from "../../../lib/db/items/userItem.ts";
import { conversationEntryKey, conversationKey, userKey } from "../../../lib/db/keys.ts";
import { getItem, getItems } from "../../../lib/db/readItems.ts";
import { conflict } from "../../../lib/db/retryOnConflict.ts";
import { deleteItem, putItem } from "../../../lib/db/writeItems.ts";
import type { Conversation } from "../../../lib/model/conversation.ts";
import type { PendingMove, StoredUser, User } from "../../../lib/model/user.ts";
import { readAddress } from "../../../lib/users/findUser.ts";
import { finishPendingMoves } from "../../../lib/users/merge/finishPendingMoves.ts";
import { mergeUsers } from "../../../lib/users/merge/mergeUsers.ts";
import { intercept } from "../../support/intercept.ts";
import { newTable } from "../../support/newTable.ts";
import { participant, storeConversation } from "../../support/storedConversation.ts";
import { app, storeUser } from "../../support/storedUsers.ts";
import { freshId } from "../../support/unique.ts";
import { userItemAt, writtenVersion } from "../../support/userItemAt.ts";
import { listUnder } from "../../support/userMessages.ts";

let db: Db;
beforeAll(async () => {
  db = await newTable();
});

/** Merges a user into another, if neither has changed. */
async function merge(survivor: StoredUser, discarded: StoredUser, through = db): Promise<StoredUser> {
  const merged = await mergeUsers({ db: through }, app, { survivor, discarded, reason: "api" });
  if (merged === conflict) throw new Error("A user has changed.");
  return merged;
}
/** Stores a conversation in which these users take part. */
const conversationOf = (...userIds: readonly string[]) =>
  storeConversation(
    db,
    userIds.map((userId) => participant(userId, { clientAssociations: [] })),
  );
const movesFrom = (...userIds: readonly string[]): readonly PendingMove[] =>
  userIds.map((fromUserId) => ({ kind: "moveConversations", fromUserId }));
const at = (id: string) => readAddress({ db }, app.id, id);
const conversation = ({ id }: { readonly id: string }) => findOpenConversation({ db }, app.id, id);
const entryOf = (user: User, { id }: Conversation) => getItem(db, conversationEntryKey(app.id, user.id, id));

describe("the conversations beyond the first of somebody who is merged", () => {
  test("move to the survivor, who is in each once, and those that are gone are left", async () => {
    const one = await storeUser(db, { externalId: "eve" });
    const two = await storeUser(db, { hasMoreConversations: true });
    const clientAssociations = [{ type: "line", clientId: "theirs" }];
    const alone = await storeConversation(db, [participant(two.user.id, { unreadCount: 3, clientAssociations })]);
    const both = await conversationOf(one.user.id, two.user.id);
    const left = await conversationOf("somebody");
    const gone = { ...left, id: freshId() };
    await listUnder(db, two.user.id, alone, both, left, gone);
    const merged = await merge(one, two);
    expect(merged.user).toMatchObject({ hasMoreConversations: true, pendingMoves: [], formerIds: [two.user.id] });
    expect(await at(one.user.id)).toEqual({ kind: "user", ...merged });
    expect((await conversation(alone))?.participants).toMatchObject([
      { userId: one.user.id, userExternalId: "eve", unreadCount: 3, clientAssociations },
    ]);
    expect(await conversation(alone)).toMatchObject({ isDefault: false });
    expect((await conversation(both))?.participants.map(({ userId }) => userId)).toEqual([one.user.id]);
    expect((await conversation(left))?.participants.map(({ userId }) => userId)).toEqual(["somebody"]);
    const { ids: listed } = await pageConversationIds({ db }, merged.user, { size: 9 });
    expect([...listed].sort()).toEqual([alone.id, both.id].sort());
    for (const each of [alone, both, left, gone]) expect(await entryOf(two.user, each)).toBeUndefined();
  });

  test("of those merged into either before move along", async () => {
    const merged = [freshId(), freshId(), freshId()] as const;
    const early = await Promise.all(merged.map((userId) => conversationOf(userId)));
    for (const [index, userId] of merged.entries()) await listUnder(db, userId, { id: early[index]?.id ?? "" });
    const one = await storeUser(db, { pendingMoves: movesFrom(merged[0]), formerIds: [merged[0]] });
    const two = await storeUser(db, {
      pendingMoves: movesFrom(merged[1], merged[2]),
      formerIds: [merged[1], merged[2]],
    });
    const sought: unknown[] = [];
    const watched = intercept(db, ({ name, input }, send) => {
      if (name === "Query")
        sought.push((input.ExpressionAttributeValues as QueryInput["ExpressionAttributeValues"])?.[":pk"]?.S);
      return send();
    });
    const settled = await merge(one, two, watched);
    // Each after those that were merged into it: what was still on its way there is there by then.
    expect([...new Set(sought)]).toEqual([...merged, two.user.id].map((id) => userKey(app.id, id).pk));
    expect(settled.user).toMatchObject({ hasMoreConversations: true, pendingMoves: [] });
    expect([...(settled.user.formerIds ?? [])].sort()).toEqual([...merged, two.user.id].sort());
    for (const each of early) {
      expect(await entryOf(one.user, each)).toMatchObject({ id: each.id });
      expect((await conversation(each))?.participants).toMatchObject([{ userId: one.user.id }]);
    }
  });

  test("stay where they are while the survivor is merged into another, who is to move them", async () => {
    const discarded = freshId();
    const group = await conversationOf(discarded);
    await listUnder(db, discarded, group);
    const survivor = await storeUser(db, { pendingMoves: movesFrom(discarded) });
    await putItem(db, redirectItem(app.id, survivor.user.id, { userId: freshId() }));
    expect(await finishPendingMoves({ db }, app, survivor)).toBe(survivor);
    expect((await conversation(group))?.participants).toMatchObject([{ userId: discarded }]);
    expect(await entryOf({ ...survivor.user, id: discarded }, group)).toBeDefined();
    expect(await at(survivor.user.id)).toMatchObject({ kind: "redirect" });
  });

  test("are named after somebody who was given an externalId, however many they are", async () => {
    const storedUser = await storeUser(db, { externalId: "zoe" });
    const others: Conversation[] = [];
    for (let index = 0; index < 27; index++) {
      const other = await conversationOf(storedUser.user.id);
      others.push(other);
      await listUnder(db, storedUser.user.id, other);
    }
    const user: User = { ...storedUser.user, pendingMoves: [{ kind: "showExternalId" }] };
    await putItem(db, userItemAt(user, "1"));
    const settled = await finishPendingMoves({ db }, app, { ...storedUser, user });
    expect(settled).toMatchObject({ version: writtenVersion, user: { pendingMoves: [] } });
    const items = await getItems(
      db,
      others.map(({ id }) => conversationKey(app.id, id)),
    );
    const names = items.map((item) => item && readConversation(item).participants[0]?.userExternalId);
    expect(names).toEqual(Array.from({ length: 27 }, () => "zoe"));
  });

  test("are settled with a user who changes meanwhile, and with one who is gone not", async () => {
    const storedUser = await storeUser(db, { pendingMoves: movesFrom(freshId(), freshId()) });
    const changed = { ...storedUser.user, profile: { givenName: "Ada" } };
    await putItem(db, userItemAt(changed, "5"));
    expect(await finishPendingMoves({ db }, app, storedUser)).toMatchObject({
      version: writtenVersion,
      user: { profile: { givenName: "Ada" }, pendingMoves: [] },
    });
    await deleteItem(db, userKey(app.id, storedUser.user.id));
    expect(await finishPendingMoves({ db }, app, storedUser)).toEqual(storedUser);
    const none = await storeUser(db);
    expect(await finishPendingMoves({ db }, app, none)).toBe(none);
  });
});
