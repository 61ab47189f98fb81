import { readAddressRecord, replaceUser } from "../db/items/userItem.ts";
import { type Conflict, conflict, retryOnConflict } from "../db/retryOnConflict.ts";
import type { Runtime } from "../db/runtime.ts";
import { putItem } from "../db/writeItems.ts";
import type { StoredUser, User } from "../model/user.ts";

/** The result of a replacement: the user as it is stored now, or the present user instead of the one that was read. */
type Replaced = { readonly replaced: StoredUser } | { readonly existing: StoredUser | undefined };

/** Replaces a user, if it is as it was read. */
async function replace({ db }: Pick<Runtime, "db">, user: User, storedUser: StoredUser): Promise<Replaced> {
  const { put, condition } = replaceUser(user, storedUser);
  const written = await putItem(db, put, condition);
  // A write that is repeated after a lost answer finds its own item.
  if (written.done || written.existing?.version === put.version)
    return { replaced: { ...storedUser, user, version: put.version } };
  const record = written.existing && readAddressRecord(written.existing);
  return { existing: record?.kind === "user" ? record : undefined };
}

/** Replaces a user as it was read; answers `conflict` if it changed since. */
export async function replaceStoredUser(
  runtime: Pick<Runtime, "db">,
  user: User,
  storedUser: StoredUser,
): Promise<StoredUser | Conflict> {
  const outcome = await replace(runtime, user, storedUser);
  return "replaced" in outcome ? outcome.replaced : conflict;
}

/**
 * Changes a user as it is now, however often other requests change it meanwhile.
 * @param change answers `undefined` for a user that it will not change
 * @returns `undefined` if the user is gone or was not to be changed
 */
export function updateUser(
  runtime: Pick<Runtime, "db">,
  storedUser: StoredUser,
  change: (user: User) => User | undefined,
): Promise<StoredUser | undefined> {
  let current: StoredUser | undefined = storedUser;
  return retryOnConflict(async () => {
    const user = current && change(current.user);
    if (current === undefined || user === undefined) return undefined;
    const outcome = await replace(runtime, user, current);
    if ("replaced" in outcome) return outcome.replaced;
    current = outcome.existing;
    return conflict;
  });
}
