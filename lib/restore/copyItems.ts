import type { Db, Item } from "../db/db.ts";
import { absent, type Condition, equals, or } from "../db/expression.ts";
import { appIdOfItem, appsPartition, messagePrefix, sentPrefix } from "../db/keys.ts";
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
 * Copies a restored table's items into another one: those that it lacks, or with `overwrite` all. Leaves out what has
 * expired since, and what is left of deleted apps, which the worker may have passed already. A message that is put again
 * is marked as moved, so that no webhook is told of it as a new one.
 */
export async function copyItems(
  from: Db,
  to: Db,
  { overwrite, now }: { readonly overwrite: boolean; readonly now: Date },
): Promise<Copied> {
  const done = { copied: 0, present: 0 };
  const apps = await appIdsIn(from);
  const isKept = (item: Item): boolean =>
    (item.pk === appsPartition || apps.has(appIdOfItem(item as { pk: string; appId?: string }))) &&
    !(item.expiresAt <= now.getTime() / 1_000);
  for await (const items of scanItems(from)) {
    const kept = items.filter(isKept).map(quiet);
    for (let start = 0; start < kept.length; start += atOnce) {
      const part = kept.slice(start, start + atOnce);
      const written = await Promise.all(part.map((item) => putItem(to, item, overwrite ? overwritable(item) : absent)));
      const copied = written.filter((one) => one.done).length;
      done.copied += copied;
      done.present += part.length - copied;
    }
  }
  return done;
}

/** Lists the ids of the apps that a table has. */
async function appIdsIn(db: Db): Promise<ReadonlySet<string | undefined>> {
  const ids = new Set<string | undefined>();
  for await (const items of scanItems(db)) for (const { pk, id } of items) if (pk === appsPartition) ids.add(id);
  return ids;
}

/**
 * Decides over what an item may be put: over any of its key, but at a user's address over the same user alone. Where the
 * user was merged or deleted since, or another one has the address, one externalId would name two users, or none.
 */
function overwritable({ sk, kind }: Item): Condition | undefined {
  if (sk !== "user") return undefined;
  return kind === "user" ? or(absent, equals("kind", "user")) : absent;
}

const quiet = (item: Item): Item =>
  [messagePrefix, sentPrefix].some((prefix) => String(item.sk).startsWith(prefix)) ? { ...item, moved: true } : item;
