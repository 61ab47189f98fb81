import type { Db, Item } from "../db/db.ts";
import { absent } from "../db/expression.ts";
import { messagePrefix } from "../db/keys.ts";
import { scanItems } from "../db/scanItems.ts";
import { putItem } from "../db/writeItems.ts";

/** Number of items that are put at once. */
const atOnce = 16;

/** The number of items that were put, and of those that the other table has already. */
export interface Copied {
  readonly copied: number;
  readonly present: number;
}

/**
 * Copies a restored table's items into another one: those that it lacks, or with `overwrite` all. A message that is put
 * again is marked as moved, so that no webhook is told of it as a new one.
 */
export async function copyItems(from: Db, to: Db, { overwrite }: { readonly overwrite: boolean }): Promise<Copied> {
  const done = { copied: 0, present: 0 };
  for await (const items of scanItems(from))
    for (let start = 0; start < items.length; start += atOnce) {
      const part = items.slice(start, start + atOnce).map(quiet);
      const written = await Promise.all(part.map((item) => putItem(to, item, overwrite ? undefined : absent)));
      const copied = written.filter((one) => one.done).length;
      done.copied += copied;
      done.present += part.length - copied;
    }
  return done;
}

const quiet = (item: Item): Item => (String(item.sk).startsWith(messagePrefix) ? { ...item, moved: true } : item);
