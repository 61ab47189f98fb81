import { beforeAll, describe, expect, test } from "vitest";
import { newConversation } from "../../lib/domain/conversation.ts";
import { absorbAll } from "../../lib/store/absorbing.ts";
import { conversationItem } from "../../lib/store/conversationItem.ts";
import { conversationKey, messageKey, messagePrefix } from "../../lib/store/keys.ts";
import type { Table } from "../../lib/store/table.ts";
import { newTable } from "../support/newTable.ts";

const appId = "a".repeat(24);
const [keptId, mergedId, messageId] = ["b".repeat(24), "c".repeat(24), "d".repeat(24)];
let table: Table;
beforeAll(async () => {
  table = await newTable();
});

/** The table, in whose first transaction something else happens first. */
function interrupted(first: () => Promise<unknown>): Table {
  let meanwhile: (() => Promise<unknown>) | undefined = first;
  return {
    ...table,
    async transact(operations) {
      const other = meanwhile;
      meanwhile = undefined;
      await other?.();
      return table.transact(operations);
    },
  };
}

describe("absorbAll", () => {
  test("brings no message back that was moved by somebody else and deleted since", async () => {
    const kind = { type: "personal", isDefault: true } as const;
    const kept = { ...newConversation(appId, keptId, new Date(), kind, []), absorbing: [mergedId] };
    await table.put(conversationItem(kept));
    await table.put({
      ...conversationItem(newConversation(appId, mergedId, new Date(), kind, [])),
      mergedInto: keptId,
    });
    await table.put({ ...messageKey(appId, mergedId, messageId), order: "1" });
    // Between the reading and the moving of this one, another has moved all, and the message was deleted.
    const slow = interrupted(async () => {
      await absorbAll(table, kept);
      await table.delete(messageKey(appId, keptId, messageId));
    });
    await absorbAll(slow, kept);
    expect(await table.get(messageKey(appId, keptId, messageId))).toBeUndefined();
    expect(await table.get(messageKey(appId, mergedId, messageId))).toBeUndefined();
    expect(await table.get(conversationKey(appId, mergedId))).toBeUndefined();
    expect(await table.get(conversationKey(appId, keptId))).toMatchObject({ id: keptId });
  });

  test("moves messages that weigh more together than a transaction takes", async () => {
    const kind = { type: "personal", isDefault: true } as const;
    const [keptId, mergedId] = ["6", "7"].map((digit) => digit.repeat(24)) as [string, string];
    const kept = { ...newConversation(appId, keptId, new Date(), kind, []), absorbing: [mergedId], messageCount: 48 };
    await table.put(conversationItem(kept));
    await table.put({
      ...conversationItem(newConversation(appId, mergedId, new Date(), kind, [])),
      mergedInto: keptId,
    });
    // As long as they can be, each with its copy in the index, and short ones between them.
    const ids = Array.from({ length: 48 }, (_, index) => String(100 + index));
    for (const [index, id] of ids.entries())
      await table.put({ ...messageKey(appId, mergedId, id), order: id, text: "あ".repeat(index % 2 ? 1 : 66_000) });
    const moves: number[] = [];
    const watched: Table = {
      ...table,
      transact: (operations) => {
        moves.push(operations.length);
        return table.transact(operations);
      },
    };
    await absorbAll(watched, kept);
    const range = { prefix: messagePrefix, limit: 50 };
    const at = async (id: string) => (await table.query({ partition: conversationKey(appId, id).pk, ...range })).items;
    expect((await at(keptId)).map((item) => item.order)).toEqual(ids);
    expect(await at(mergedId)).toEqual([]);
    // Seven long ones in each transaction, and then the end of the conversation.
    expect(moves).toEqual([29, 29, 29, 13, 2]);
    expect(await table.get(conversationKey(appId, keptId))).toMatchObject({ messageCount: 48 });
  });

  test("moves nothing into a conversation that was itself absorbed meanwhile", async () => {
    const kind = { type: "personal", isDefault: true } as const;
    const [lastId, middleId, firstId] = ["1", "2", "3"].map((digit) => digit.repeat(24)) as [string, string, string];
    const middle = { ...newConversation(appId, middleId, new Date(), kind, []), absorbing: [firstId] };
    const last = { ...newConversation(appId, lastId, new Date(), kind, []), absorbing: [firstId, middleId] };
    await table.put(conversationItem(middle));
    await table.put({
      ...conversationItem(newConversation(appId, firstId, new Date(), kind, [])),
      mergedInto: middleId,
    });
    await table.put({ ...messageKey(appId, firstId, messageId), order: "1" });
    // Between the reading and the moving of the message, the middle one is merged into the last.
    const slow = interrupted(async () => {
      await table.put(conversationItem(last));
      await table.put({ ...conversationItem(middle), mergedInto: lastId });
    });
    expect(await absorbAll(slow, middle)).toEqual({ ...middle, absorbing: [] });
    expect(await table.get(messageKey(appId, middleId, messageId))).toBeUndefined();
    await absorbAll(table, last);
    expect(await table.get(messageKey(appId, lastId, messageId))).toBeDefined();
    for (const id of [firstId, middleId]) expect(await table.get(conversationKey(appId, id))).toBeUndefined();
  });

  test("counts a message once that its channel delivered again, where the conversation is now, while it was here", async () => {
    const kind = { type: "personal", isDefault: true } as const;
    const [keptId, mergedId] = ["4", "5"].map((digit) => digit.repeat(24)) as [string, string];
    const kept = { ...newConversation(appId, keptId, new Date(), kind, []), absorbing: [mergedId], messageCount: 6 };
    await table.put(conversationItem(kept));
    await table.put({
      ...conversationItem(newConversation(appId, mergedId, new Date(), kind, [])),
      mergedInto: keptId,
    });
    for (const id of ["1", "2", "3", "4"]) await table.put({ ...messageKey(appId, mergedId, id), order: id });
    for (const id of ["2", "4"]) await table.put({ ...messageKey(appId, keptId, id), order: `again ${id}` });
    expect(await absorbAll(table, kept)).toEqual({ ...kept, absorbing: [] });
    const here = await Promise.all(["1", "2", "3", "4"].map((id) => table.get(messageKey(appId, keptId, id))));
    expect(here.map((item) => item?.order)).toEqual(["1", "again 2", "3", "again 4"]);
    const there = await Promise.all(["1", "2", "3", "4"].map((id) => table.get(messageKey(appId, mergedId, id))));
    expect(there).toEqual([undefined, undefined, undefined, undefined]);
    expect(await table.get(conversationKey(appId, keptId))).toMatchObject({ messageCount: 4 });
    expect(await table.get(conversationKey(appId, keptId))).not.toHaveProperty("absorbing");
  });
});
