import { randomBytes } from "node:crypto";
import { createTable } from "../../lib/local/createTable.ts";
import { type Item, openTable, type Table, transactionLimit } from "../../lib/store/table.ts";
import { engineEndpoint } from "./engineEndpoint.ts";

/**
 * A table of its own, for tests of the store: also where they run more than once on one engine (`npm run mutation`).
 *
 * @param endpoint what stands before the engine, e.g. a `startProxy`
 */
export async function newTable(endpoint = engineEndpoint()): Promise<Table> {
  const name = `test-${randomBytes(6).toString("hex")}`;
  await createTable(engineEndpoint(), name);
  return openTable(name, endpoint);
}

/** Puts items in a table, in as few calls as there can be. */
export async function putAll(table: Table, items: readonly Item[]): Promise<void> {
  for (let start = 0; start < items.length; start += transactionLimit)
    await table.transact(items.slice(start, start + transactionLimit).map((put) => ({ put })));
}
