import type { Db } from "./db.ts";
import { messagePrefix } from "./keys.ts";
import { queryItems } from "./readItems.ts";
import { deleteItems } from "./writeItems.ts";

/** Number of items read at a time. */
const step = 1_000;

/**
 * Deletes every message in a partition, for a conversation that no request can find any more. A repeated call continues
 * one that was interrupted.
 * @returns whether there were any
 */
export async function deleteMessagesIn(db: Db, partition: string): Promise<boolean> {
  for (let deleted = false; ; deleted = true) {
    const { items } = await queryItems(db, { partition, prefix: messagePrefix, limit: step });
    if (items.length === 0) return deleted;
    await deleteItems(
      db,
      items.map((item) => ({ pk: partition, sk: item.sk })),
    );
  }
}
