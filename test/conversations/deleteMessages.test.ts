import { beforeAll, describe, expect, test } from "vitest";
import { deleteAllMessages, deleteMessage } from "../../lib/conversations/deleteMessages.ts";
import { findMessage } from "../../lib/conversations/listMessages.ts";
import { conversationItem } from "../../lib/db/items/conversationItem.ts";
import { conversationKey, messageKey } from "../../lib/db/keys.ts";
import { getItem } from "../../lib/db/readItems.ts";
import type { Runtime } from "../../lib/db/runtime.ts";
import { deleteItem, putItem } from "../../lib/db/writeItems.ts";
import { newTable } from "../support/newTable.ts";
import { runtimeOf } from "../support/runtimeOf.ts";
import { app, readStored, retaining, storeEmpty, storeMessages } from "../support/storedMessages.ts";

let runtime: Runtime;
beforeAll(async () => {
  runtime = runtimeOf(await newTable());
});

describe("what is said in a conversation", () => {
  test("is deleted and counted down, one or all", async () => {
    const { db } = runtime;
    const group = await storeEmpty(db);
    const messages = await storeMessages(
      db,
      group,
      Array.from({ length: 205 }, () => Date.now()),
    );
    const expired = await storeMessages(db, group, [1, 2], retaining(1));
    await putItem(db, conversationItem({ ...group, messageCount: messages.length }));
    expect(await deleteMessage(runtime, group, messages[0]?.id ?? "")).toBe(true);
    expect(await deleteMessage(runtime, group, messages[0]?.id ?? "")).toBe(false);
    expect(await readStored(db, group)).toMatchObject({ messageCount: 204 });
    await deleteAllMessages(runtime, group);
    expect(await readStored(db, group)).toMatchObject({ messageCount: 0 });
    const keys = [...messages, ...expired].map(({ id }) => messageKey(app.id, group.id, id));
    expect((await Promise.all(keys.map((key) => getItem(db, key)))).every((item) => item === undefined)).toBe(true);
    // Of a conversation that is gone, nothing is deleted here.
    const [last] = await storeMessages(db, group, [Date.now()]);
    await deleteItem(db, conversationKey(app.id, group.id));
    expect(await deleteMessage(runtime, group, last?.id ?? "")).toBe(false);
    await deleteAllMessages(runtime, group);
    expect(await findMessage(runtime, group, last?.id ?? "")).toEqual(last);
  });
});
