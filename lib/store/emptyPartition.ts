import { messagePrefix } from "./keys.ts";
import type { Table } from "./table.ts";

/** How many items are read at a time. */
const step = 1_000;

/**
 * Deletes every message in a partition: for a conversation that nobody can find any more. Interrupted, a repeated call
 * goes on.
 *
 * @returns whether there was any
 */
export async function emptyPartition(table: Table, partition: string): Promise<boolean> {
  for (let emptied = false; ; emptied = true) {
    const { items } = await table.query({ partition, prefix: messagePrefix, limit: step });
    if (items.length === 0) return emptied;
    await table.deleteAll(items.map((item) => ({ pk: partition, sk: item.sk })));
  }
}
