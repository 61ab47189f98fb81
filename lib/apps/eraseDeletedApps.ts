import type { Item } from "../db/db.ts";
import { present } from "../db/expression.ts";
import { appIdOfItem, deletedAppKey, deletedAppPrefix, deletedAppsPartition, type Key } from "../db/keys.ts";
import { queryItems } from "../db/readItems.ts";
import type { Runtime } from "../db/runtime.ts";
import { scanKeys } from "../db/scanKeys.ts";
import { deleteItems, updateItem } from "../db/writeItems.ts";

type Erasing = Pick<Runtime, "db">;

/**
 * Milliseconds after its deletion for which an app may still be written to: a Lambda caches an app and its keys for a
 * minute, and may then run on to its time-out.
 */
const graceMilliseconds = 2 * 60_000;

/**
 * The same for an app with webhooks, whose last events are on their way for up to a quarter of an hour, and are recorded
 * once more at their end.
 */
const webhookGraceMilliseconds = 30 * 60_000;

/** Number of apps that are erased at once. */
const appsAtOnce = 50;

/**
 * Deletes the data of deleted apps: users, clients, conversations, messages, addresses, emails, links, and records of
 * requests that ran on with a cached app. Nothing lists all users of an app, since an index would cost every creation a
 * write, so the whole table is read, once for all apps that are due. The cursor is stored with each page: a repeated
 * call continues one that was interrupted, even while another runs. An app's record is deleted last.
 * @param mayContinue called before each page of the table
 * @returns the number of apps that are erased completely
 */
export async function eraseDeletedApps(runtime: Erasing, now: Date, mayContinue: () => boolean): Promise<number> {
  for (let erased = 0; ; ) {
    const deletions = await dueDeletions(runtime, now);
    const [first] = deletions;
    if (first === undefined || !mayContinue()) return erased;
    // The apps with the same cursor, for which one reading of the table is enough.
    const cursor: Key | undefined = first.cursor;
    const appIds = deletions
      .filter((deletion) => isSame(deletion.cursor, cursor))
      .map((deletion) => deletion.id as string);
    if (!(await sweep(runtime, appIds, cursor, mayContinue))) return erased;
    await deleteItems(runtime.db, appIds.map(deletedAppKey));
    erased += appIds.length;
  }
}

async function dueDeletions({ db }: Erasing, now: Date): Promise<readonly Item[]> {
  const { items } = await queryItems(db, {
    partition: deletedAppsPartition,
    prefix: deletedAppPrefix,
    limit: appsAtOnce,
  });
  return items.filter(({ deletedAt, webhooks }) => {
    const grace = webhooks === undefined ? graceMilliseconds : webhookGraceMilliseconds;
    return Date.parse(deletedAt) + grace <= now.getTime();
  });
}

const isSame = (one: Key | undefined, other: Key | undefined): boolean =>
  one?.pk === other?.pk && one?.sk === other?.sk;

/** Reads the table from the cursor on and deletes the items of these apps. Tells whether it reached the end. */
async function sweep(
  { db }: Erasing,
  appIds: readonly string[],
  from: Key | undefined,
  mayContinue: () => boolean,
): Promise<boolean> {
  const deletedAppIds = new Set<string | undefined>(appIds);
  for (let cursor = from; ; ) {
    const { items, next } = await scanKeys(db, cursor);
    // The record of a deletion has no app's id in its key and stays.
    await deleteItems(
      db,
      items.filter((item) => deletedAppIds.has(appIdOfItem(item))),
    );
    if (next === undefined) return true;
    // Another call may have finished with an app; its record must not be written again.
    await Promise.all(
      appIds.map((appId) => updateItem(db, deletedAppKey(appId), { set: { cursor: { ...next } } }, present)),
    );
    if (!mayContinue()) return false;
    cursor = next;
  }
}
