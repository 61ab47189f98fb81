import { deleteApiKey, type KeyOwner, keyIdsOf } from "../apps/apiKeys.ts";
import { deleteApp, findApp } from "../apps/apps.ts";
import type { Db, Item } from "../db/db.ts";
import { readAddressRecord } from "../db/items/userItem.ts";
import { appKey, appsPartition, deletedAppKey, namesInUserKey, userKey } from "../db/keys.ts";
import { getItem, getItems } from "../db/readItems.ts";
import type { Runtime } from "../db/runtime.ts";
import { scanItems } from "../db/scanItems.ts";
import type { App } from "../model/app.ts";
import type { User } from "../model/user.ts";
import { deletePersonalInformation } from "../users/delete/deletePersonalInformation.ts";
import { deleteUser } from "../users/delete/deleteUser.ts";
import { resumeDeletion } from "../users/delete/finishDeletion.ts";
import { type Fate, fateOfUser } from "./fateOfUser.ts";

/** The table that was restored, and the table that knows what was deleted since. */
export interface Tables {
  readonly restored: Pick<Runtime, "db">;
  readonly live: Db;
  readonly now: Date;
}

/** Decisions of the operator on what the live table does not tell. */
export interface Decisions {
  /** Apps that the live table lacks without a note of their deletion, and that were deleted. */
  readonly deletedApps: ReadonlySet<string>;
  /** Apps that it lacks because they were lost. */
  readonly lostApps: ReadonlySet<string>;
  /** Leaves profiles that are empty in the live table as they were restored. */
  readonly keepProfiles: boolean;
}

interface UserName {
  readonly appId: string;
  readonly userId: string;
}

/** What was replayed, by ids alone. */
export interface Replayed {
  readonly deletedApps: readonly string[];
  /** Apps for which a decision is missing; nothing of them was replayed. */
  readonly undecidedApps: readonly string[];
  readonly deletedKeys: readonly string[];
  readonly deletedUsers: readonly UserName[];
  readonly clearedUsers: readonly UserName[];
  /** Number of users of which the live table knows nothing, and which were kept. */
  readonly lostUsers: number;
  readonly keptUsers: number;
}

/**
 * Deletes from a restored table what was deleted since its point in time: apps, API keys, users with all they said, and
 * personal information. Reads the live table alone, and writes to the restored one alone. A repeated call does what is
 * left, and reports nothing when nothing is.
 */
export async function replayDeletions(tables: Tables, decisions: Decisions): Promise<Replayed> {
  const apps = await replayApps(tables, decisions);
  const users = await replayUsers(tables, apps.alive, decisions);
  const { deletedApps, undecidedApps, deletedKeys } = apps;
  return { deletedApps, undecidedApps, deletedKeys, ...users };
}

/** Replays the deletions of apps and keys, and answers the apps whose users are to be looked at. */
async function replayApps({ restored, live, now }: Tables, decisions: Decisions) {
  const alive = new Map<string, App>();
  const done = { deletedApps: [] as string[], undecidedApps: [] as string[], deletedKeys: [] as string[] };
  const owners = await ownersOfKeys(restored.db);
  for (const { id } of owners.filter(isApp)) {
    const fate = fateOfApp(id, await getItems(live, [appKey(id), deletedAppKey(id)]), decisions);
    const app = fate === "alive" ? await findApp(restored, id) : undefined;
    if (app !== undefined) alive.set(id, app);
    if (fate === "undecided") done.undecidedApps.push(id);
    if (fate !== "deleted") continue;
    await deleteApp(restored, id, now);
    done.deletedApps.push(id);
  }
  for (const owner of owners) {
    const appId: string = isApp(owner) ? owner.id : owner.appId;
    if (alive.has(appId)) done.deletedKeys.push(...(await replayKeys(restored, live, owner)));
  }
  return { ...done, alive };
}

const isApp = ({ pk }: Item): boolean => pk === appsPartition;

/** Reads the apps and integrations of a table, which have keys. */
async function ownersOfKeys(db: Db): Promise<readonly Item[]> {
  const owners: Item[] = [];
  for await (const items of scanItems(db))
    owners.push(...items.filter((item) => isApp(item) || item.sk === "integration"));
  return owners;
}

/** Decides what has become of an app by the live table's item of it and note of its deletion, or by the operator. */
function fateOfApp(
  id: string,
  [app, note]: readonly (Item | undefined)[],
  { deletedApps, lostApps }: Decisions,
): "alive" | "deleted" | "undecided" {
  if (app !== undefined) return "alive";
  if (note !== undefined || deletedApps.has(id)) return "deleted";
  return lostApps.has(id) ? "alive" : "undecided";
}

/** Deletes the keys that an app or integration does not list any more; one that the live table lacks tells nothing. */
async function replayKeys(restored: Pick<Runtime, "db">, live: Db, owner: Item): Promise<readonly string[]> {
  const now = await getItem(live, { pk: owner.pk, sk: owner.sk });
  if (now === undefined) return [];
  const left = new Set(keyIdsOf(now));
  const gone = keyIdsOf(owner).filter((id) => !left.has(id));
  const of: KeyOwner = isApp(owner) ? { appId: owner.id } : { appId: owner.appId, integrationId: owner.id };
  for (const id of gone) await deleteApiKey(restored, of, id);
  return gone;
}

async function replayUsers(
  { restored, live }: Tables,
  apps: ReadonlyMap<string, App>,
  { keepProfiles }: Decisions,
): Promise<Pick<Replayed, "deletedUsers" | "clearedUsers" | "lostUsers" | "keptUsers">> {
  const done = { deletedUsers: [] as UserName[], clearedUsers: [] as UserName[], lostUsers: 0, keptUsers: 0 };
  for await (const items of scanItems(restored.db)) {
    await finishDeletions(restored, items, apps);
    const users = items.flatMap((item) => userOf(item, apps));
    const fates = await fatesOf(live, users);
    for (const [index, user] of users.entries()) {
      const name = { appId: user.appId, userId: user.id };
      const app = apps.get(user.appId);
      const fate = fates[index]?.kind;
      if (fate === "deleted" && app) {
        await deleteUser(restored, app, user.id);
        done.deletedUsers.push(name);
      } else if (fate === "cleared" && app && !keepProfiles) {
        await deletePersonalInformation(restored, app, user.id);
        done.clearedUsers.push(name);
      } else if (fate === "lost") done.lostUsers++;
      else done.keptUsers++;
    }
  }
  return done;
}

/** Finishes deletions that were under way at the point in time. */
async function finishDeletions(
  restored: Pick<Runtime, "db">,
  items: readonly Item[],
  apps: ReadonlyMap<string, App>,
): Promise<void> {
  for (const item of items.filter(({ sk }) => sk === "deletion")) {
    const { appId, id } = namesInUserKey(item.pk);
    if (apps.has(appId)) await resumeDeletion(restored, appId, id);
  }
}

/** Reads the user of an item, if it is one of an app that is looked at. */
function userOf(item: Item, apps: ReadonlyMap<string, App>): readonly User[] {
  if (item.sk !== "user" || !apps.has(namesInUserKey(item.pk).appId)) return [];
  const record = readAddressRecord(item);
  return record.kind === "user" ? [record.user] : [];
}

/** Number of items that are read in one call, and of merges that are followed: each merge of a merged user adds one. */
const atOnce = 100;
const mergeLimit = 10;

/** Finds what has become of users, in their order: of merged ones, what has become of the user they are now. */
async function fatesOf(live: Db, users: readonly User[]): Promise<readonly Fate[]> {
  const fates: Fate[] = [];
  for (let start = 0; start < users.length; start += atOnce) {
    const part = users.slice(start, start + atOnce);
    const found = await getItems(
      live,
      part.map(({ appId, id }) => userKey(appId, id)),
    );
    for (const [index, user] of part.entries()) fates.push(await followed(live, user, fateOfUser(user, found[index])));
  }
  return fates;
}

async function followed(live: Db, user: User, first: Fate): Promise<Fate> {
  let fate = first;
  for (let step = 0; fate.kind === "merged" && step < mergeLimit; step++)
    fate = fateOfUser(user, await getItem(live, userKey(user.appId, fate.into)));
  // What is missing of the survivor's profile says nothing of the one that was merged.
  return first.kind === "merged" && fate.kind === "cleared" ? { kind: "alive" } : fate;
}

/** Lists the ids of an app's users, as a table has them. */
export async function* userIdsIn(db: Db, appId: string): AsyncGenerator<string> {
  const prefix = userKey(appId, "").pk;
  for await (const items of scanItems(db))
    for (const { pk, sk, kind } of items)
      if (sk === "user" && kind === "user" && pk.startsWith(prefix)) yield namesInUserKey(pk).id;
}
