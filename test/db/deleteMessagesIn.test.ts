import { beforeAll, expect, test } from "vitest";
import type { Db } from "../../lib/db/db.ts";
import { deleteMessagesIn } from "../../lib/db/deleteMessagesIn.ts";
import { conversationKey, messagePrefix } from "../../lib/db/keys.ts";
import { queryItems } from "../../lib/db/readItems.ts";
import { newTable, putAll } from "../support/newTable.ts";
import { freshId } from "../support/unique.ts";

let db: Db;
beforeAll(async () => {
  db = await newTable();
});

test("a partition is emptied, and it is told whether there was anything", async () => {
  const partition = conversationKey("a".repeat(24), freshId()).pk;
  await putAll(
    db,
    ["1", "2"].map((id) => ({ pk: partition, sk: messagePrefix + id })),
  );
  expect(await deleteMessagesIn(db, partition)).toBe(true);
  expect((await queryItems(db, { partition, limit: 1 })).items).toEqual([]);
  expect(await deleteMessagesIn(db, partition)).toBe(false);
});
