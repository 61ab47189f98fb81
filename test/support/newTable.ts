import { randomBytes } from "node:crypto";
import { type Db, type Item, openDb } from "../../lib/db/db.ts";
import { transact, transactionLimit } from "../../lib/db/transact.ts";
import { createTable } from "../../lib/local/createTable.ts";
import { engineEndpoint } from "./engineEndpoint.ts";

/**
 * Makes a new table, for tests of the functions that read and write it: also if they run more than once on one engine
 * (`npm run mutation`).
 * @param endpoint a proxy before the engine, e.g. a `startProxy`
 * @param options `streamed` gives it a stream (`readStream`), with which the embedded engine slows down by each write
 */
export async function newTable(
  endpoint = engineEndpoint(),
  options: { readonly streamed?: boolean } = {},
): Promise<Db> {
  const name = `test-${randomBytes(6).toString("hex")}`;
  await createTable(engineEndpoint(), name, options);
  return openDb(name, endpoint);
}

/** Puts items in a table, in as few calls as possible. */
export async function putAll(db: Db, items: readonly Item[]): Promise<void> {
  for (let start = 0; start < items.length; start += transactionLimit)
    await transact(db, { items: items.slice(start, start + transactionLimit).map((put) => ({ put })) });
}
