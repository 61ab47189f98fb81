import type { Table } from "./table.ts";

/** How many items are read at a time. */
const step = 1_000;

/**
 * Deletes everything in a partition: for what nobody can find any more. Interrupted, a repeated call goes on.
 *
 * @returns whether there was anything
 */
export async function emptyPartition(table: Table, partition: string): Promise<boolean> {
  for (let emptied = false; ; emptied = true) {
    const { items } = await table.query({ partition, limit: step });
    if (items.length === 0) return emptied;
    await table.deleteAll(items.map((item) => ({ pk: partition, sk: item.sk })));
  }
}
