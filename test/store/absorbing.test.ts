import { beforeAll, describe, expect, test } from "vitest";
import { newConversation } from "../../lib/domain/conversation.ts";
import { absorbAll } from "../../lib/store/absorbing.ts";
import { conversationItem } from "../../lib/store/conversationItem.ts";
import { conversationKey, messageKey } from "../../lib/store/keys.ts";
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
