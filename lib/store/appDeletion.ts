import { keyIdsOf, withKeys } from "./apiKeys.ts";
import type { KeyScan } from "./keyScan.ts";
import {
  apiKeyKey,
  appIdOfItem,
  appKey,
  appPartition,
  deletedAppKey,
  deletedAppPrefix,
  deletedAppsPartition,
  integrationEntryKey,
  integrationEntryPrefix,
  integrationKey,
  type Key,
} from "./keys.ts";
import { type Item, present, type Table } from "./table.ts";

/** The ids of what a deletion ended. */
export interface EndedApp {
  readonly keyIds: readonly string[];
  readonly integrationIds: readonly string[];
}

/**
 * Deletes an app with its keys, which ends everything of it at once, then its integrations. What its people are and said is
 * unbounded and left to `eraseDeletedApps`; the deletion is written down until nothing of the app is left. Interrupted, a
 * repeated call goes on.
 *
 * @returns `undefined` when there is no such app, and no integration left of one
 */
export async function deleteApp(table: Table, appId: string, now: Date): Promise<EndedApp | undefined> {
  const own = await endApp(table, appId, now);
  if (own === undefined && (await table.get(deletedAppKey(appId))) === undefined) return undefined;
  const { keyIds, integrationIds } = await endIntegrations(table, appId);
  if (own === undefined && integrationIds.length === 0) return undefined;
  return { keyIds: [...keyIds, ...(own ?? [])], integrationIds };
}

/** Replaces an app by the note of its deletion, at once with its keys, so that none made meanwhile is left. */
async function endApp(table: Table, appId: string, now: Date): Promise<readonly string[] | undefined> {
  let item = await table.get(appKey(appId));
  let own: readonly string[] | undefined;
  while (item !== undefined) {
    own = keyIdsOf(item);
    const written = await table.transact([
      { delete: appKey(appId), condition: withKeys(own) },
      { put: { ...deletedAppKey(appId), id: appId, deletedAt: now.toISOString() } },
      ...own.map((id) => ({ delete: apiKeyKey(id) })),
    ]);
    item = written.done ? undefined : (written.failed[0] || undefined)?.standing;
  }
  return own;
}

async function endIntegrations(table: Table, appId: string): Promise<EndedApp> {
  const [keyIds, integrationIds]: [string[], string[]] = [[], []];
  for (;;) {
    const { items } = await table.query({ partition: appPartition(appId), prefix: integrationEntryPrefix, limit: 100 });
    if (items.length === 0) return { keyIds, integrationIds };
    const integrations = await table.getAll(items.map((entry) => integrationKey(entry.id)));
    const keys = integrations.flatMap(keyIdsOf);
    keyIds.push(...keys);
    integrationIds.push(...items.map((entry) => entry.id as string));
    await table.deleteAll([...keys.map(apiKeyKey), ...items.map((entry) => integrationKey(entry.id))]);
    // Last, as the entries are what a repeated call finds the others by.
    await table.deleteAll(items.map((entry) => integrationEntryKey(appId, entry.id)));
  }
}

/**
 * How long after its deletion an app may still be written to, in milliseconds: a Lambda remembers an app and its keys for
 * a minute, and may then be under way for as long as it runs at most.
 */
const settling = 2 * 60_000;

/** How many apps are looked for at once. */
const together = 50;

/** The table, and how all of it is read. */
export interface AppErasure {
  readonly table: Table;
  readonly scan: KeyScan;
}

/**
 * Deletes what is left of deleted apps: users, clients, conversations, messages, addresses, emails, links, and what was
 * made by those who did not know yet. Nothing lists all people of an app, since an index would cost every birth a write, so
 * the whole table is read, once for all apps that are due. How far that came is written down with each page: interrupted
 * anywhere, also at the same time as another, a repeated call goes on. An app's note goes last.
 *
 * @param mayGoOn asked before each page of the table
 * @returns how many apps nothing is left of now
 */
export async function eraseDeletedApps(work: AppErasure, now: Date, mayGoOn: () => boolean): Promise<number> {
  for (let erased = 0; ; ) {
    const notes = await due(work.table, now);
    const [first] = notes;
    if (first === undefined || !mayGoOn()) return erased;
    // Those that one reading of the table has come equally far with.
    const cursor: Key | undefined = first.cursor;
    const appIds = notes.filter((note) => isSame(note.cursor, cursor)).map((note) => note.id as string);
    if (!(await sweep(work, appIds, cursor, mayGoOn))) return erased;
    await work.table.deleteAll(appIds.map(deletedAppKey));
    erased += appIds.length;
  }
}

async function due(table: Table, now: Date): Promise<readonly Item[]> {
  const { items } = await table.query({ partition: deletedAppsPartition, prefix: deletedAppPrefix, limit: together });
  return items.filter((note) => Date.parse(note.deletedAt) + settling <= now.getTime());
}

const isSame = (one: Key | undefined, other: Key | undefined): boolean =>
  one?.pk === other?.pk && one?.sk === other?.sk;

/** Reads the table from the cursor on and deletes what is of these apps. Answers whether it came to the end. */
async function sweep(
  { table, scan }: AppErasure,
  appIds: readonly string[],
  from: Key | undefined,
  mayGoOn: () => boolean,
): Promise<boolean> {
  const gone = new Set<string | undefined>(appIds);
  for (let cursor = from; ; ) {
    const { items, next } = await scan(cursor);
    // A note has no app's id where an item of an app has it: it stays.
    await table.deleteAll(items.filter((item) => gone.has(appIdOfItem(item))));
    if (next === undefined) return true;
    const change = {
      text: "SET #cursor = :cursor",
      names: { "#cursor": "cursor" },
      values: { ":cursor": { ...next } },
    };
    // Another call may have been quicker and be done with an app, whose note must not come back.
    await Promise.all(appIds.map((appId) => table.update(deletedAppKey(appId), change, present)));
    if (!mayGoOn()) return false;
    cursor = next;
  }
}
