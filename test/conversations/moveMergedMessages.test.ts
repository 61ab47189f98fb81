import { beforeAll, describe, expect, test } from "vitest";
import { moveMergedMessages } from "../../lib/conversations/moveMergedMessages.ts";
import type { Db } from "../../lib/db/db.ts";
import { conversationItem } from "../../lib/db/items/conversationItem.ts";
import { conversationKey, messageKey, messagePrefix } from "../../lib/db/keys.ts";
import { getItem, queryItems } from "../../lib/db/readItems.ts";
import { deleteItem, putItem } from "../../lib/db/writeItems.ts";
import { newConversation } from "../../lib/model/conversation.ts";
import { before, intercept } from "../support/intercept.ts";
import { newTable } from "../support/newTable.ts";

const appId = "a".repeat(24);
const [keptId, mergedId, messageId] = ["b".repeat(24), "c".repeat(24), "d".repeat(24)];
let db: Db;
beforeAll(async () => {
  db = await newTable();
});

/** The table, with something else done before its first transaction. */
const interrupted = (first: () => Promise<unknown>): Db =>
  before(db, "TransactWriteItems", async (count) => {
    if (count === 0) await first();
  });

describe("moveMergedMessages", () => {
  test("brings no message back that was moved by somebody else and deleted since", async () => {
    const kind = { type: "personal", isDefault: true } as const;
    const kept = {
      ...newConversation(appId, keptId, new Date(), { ...kind, participants: [] }),
      mergedConversationIds: [mergedId],
    };
    await putItem(db, conversationItem(kept));
    await putItem(db, {
      ...conversationItem(newConversation(appId, mergedId, new Date(), { ...kind, participants: [] })),
      mergedInto: keptId,
    });
    await putItem(db, { ...messageKey(appId, mergedId, messageId), order: "1" });
    // Between the reading and the moving of this one, another has moved all, and the message was deleted.
    const slow = interrupted(async () => {
      await moveMergedMessages({ db }, kept);
      await deleteItem(db, messageKey(appId, keptId, messageId));
    });
    await moveMergedMessages({ db: slow }, kept);
    expect(await getItem(db, messageKey(appId, keptId, messageId))).toBeUndefined();
    expect(await getItem(db, messageKey(appId, mergedId, messageId))).toBeUndefined();
    expect(await getItem(db, conversationKey(appId, mergedId))).toMatchObject({ mergedInto: keptId });
    expect(await getItem(db, conversationKey(appId, keptId))).toMatchObject({ id: keptId });
  });

  test("moves messages that weigh more together than a transaction takes", async () => {
    const kind = { type: "personal", isDefault: true } as const;
    const [keptId, mergedId] = ["6", "7"].map((digit) => digit.repeat(24)) as [string, string];
    const kept = {
      ...newConversation(appId, keptId, new Date(), { ...kind, participants: [] }),
      mergedConversationIds: [mergedId],
      messageCount: 48,
    };
    await putItem(db, conversationItem(kept));
    await putItem(db, {
      ...conversationItem(newConversation(appId, mergedId, new Date(), { ...kind, participants: [] })),
      mergedInto: keptId,
    });
    // As long as they can be, each with its copy in the index, and short ones between them.
    const ids = Array.from({ length: 48 }, (_, index) => String(100 + index));
    for (const [index, id] of ids.entries())
      await putItem(db, { ...messageKey(appId, mergedId, id), order: id, text: "あ".repeat(index % 2 ? 1 : 66_000) });
    const moves: number[] = [];
    const watched = intercept(db, ({ name, input }, send) => {
      if (name === "TransactWriteItems") moves.push((input.TransactItems as readonly unknown[]).length);
      return send();
    });
    await moveMergedMessages({ db: watched }, kept);
    const range = { prefix: messagePrefix, limit: 50 };
    const at = async (id: string) =>
      (await queryItems(db, { partition: conversationKey(appId, id).pk, ...range })).items;
    expect((await at(keptId)).map((item) => item.order)).toEqual(ids);
    expect(await at(mergedId)).toEqual([]);
    // Seven long ones in each transaction, and then the end of the conversation.
    expect(moves).toEqual([29, 29, 29, 13, 2]);
    expect(await getItem(db, conversationKey(appId, keptId))).toMatchObject({ messageCount: 48 });
  });

  test("moves nothing into a conversation that was itself absorbed meanwhile", async () => {
    const kind = { type: "personal", isDefault: true } as const;
    const [lastId, middleId, firstId] = ["1", "2", "3"].map((digit) => digit.repeat(24)) as [string, string, string];
    const middle = {
      ...newConversation(appId, middleId, new Date(), { ...kind, participants: [] }),
      mergedConversationIds: [firstId],
    };
    const last = {
      ...newConversation(appId, lastId, new Date(), { ...kind, participants: [] }),
      mergedConversationIds: [firstId, middleId],
    };
    await putItem(db, conversationItem(middle));
    await putItem(db, {
      ...conversationItem(newConversation(appId, firstId, new Date(), { ...kind, participants: [] })),
      mergedInto: middleId,
    });
    await putItem(db, { ...messageKey(appId, firstId, messageId), order: "1" });
    // Between the reading and the moving of the message, the middle one is merged into the last.
    const slow = interrupted(async () => {
      await putItem(db, conversationItem(last));
      await putItem(db, { ...conversationItem(middle), mergedInto: lastId });
    });
    expect(await moveMergedMessages({ db: slow }, middle)).toEqual({ ...middle, mergedConversationIds: [] });
    expect(await getItem(db, messageKey(appId, middleId, messageId))).toBeUndefined();
    await moveMergedMessages({ db }, last);
    expect(await getItem(db, messageKey(appId, lastId, messageId))).toBeDefined();
    for (const id of [firstId, middleId])
      expect(await getItem(db, conversationKey(appId, id))).toMatchObject({ mergedInto: lastId, participants: {} });
  });

  test("counts a message once that its channel delivered again, where the conversation is now, while it was here", async () => {
    const kind = { type: "personal", isDefault: true } as const;
    const [keptId, mergedId] = ["4", "5"].map((digit) => digit.repeat(24)) as [string, string];
    const kept = {
      ...newConversation(appId, keptId, new Date(), { ...kind, participants: [] }),
      mergedConversationIds: [mergedId],
      messageCount: 6,
    };
    await putItem(db, conversationItem(kept));
    await putItem(db, {
      ...conversationItem(newConversation(appId, mergedId, new Date(), { ...kind, participants: [] })),
      mergedInto: keptId,
    });
    for (const id of ["1", "2", "3", "4"]) await putItem(db, { ...messageKey(appId, mergedId, id), order: id });
    for (const id of ["2", "4"]) await putItem(db, { ...messageKey(appId, keptId, id), order: `again ${id}` });
    expect(await moveMergedMessages({ db }, kept)).toEqual({ ...kept, mergedConversationIds: [] });
    const here = await Promise.all(["1", "2", "3", "4"].map((id) => getItem(db, messageKey(appId, keptId, id))));
    expect(here.map((item) => item?.order)).toEqual(["1", "again 2", "3", "again 4"]);
    const there = await Promise.all(["1", "2", "3", "4"].map((id) => getItem(db, messageKey(appId, mergedId, id))));
    expect(there).toEqual([undefined, undefined, undefined, undefined]);
    expect(await getItem(db, conversationKey(appId, keptId))).toMatchObject({ messageCount: 4 });
    expect(await getItem(db, conversationKey(appId, keptId))).not.toHaveProperty("absorbing");
  });
});
