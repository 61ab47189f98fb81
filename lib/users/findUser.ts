import { keyOfEmail } from "../db/items/emailItem.ts";
import { type AddressRecord, readAddressRecord } from "../db/items/userItem.ts";
import { externalIdAddress, userKey } from "../db/keys.ts";
import { getItem, getItems } from "../db/readItems.ts";
import type { Runtime } from "../db/runtime.ts";
import type { App } from "../model/app.ts";
import { identityOf } from "../model/claims.ts";
import { idPattern } from "../model/id.ts";
import type { StoredUser, User } from "../model/user.ts";

type Reading = Pick<Runtime, "db">;

/** Number of redirects that are followed to a user: each merge of a merged user adds one. */
const redirectLimit = 10;

/** Reads the item at an address. */
export async function readAddress({ db }: Reading, appId: string, address: string): Promise<AddressRecord | undefined> {
  const item = await getItem(db, userKey(appId, address));
  return item && readAddressRecord(item);
}

/** Follows redirects from a record to its user. */
export async function followRedirects(
  runtime: Reading,
  appId: string,
  record: AddressRecord | undefined,
): Promise<StoredUser | undefined> {
  let current = record;
  for (let step = 0; current?.kind === "redirect" && step < redirectLimit; step++)
    current = await readAddress(runtime, appId, current.userId);
  return current?.kind === "user" ? current : undefined;
}

/** Finds the user to which an address leads, by itself or by redirects. */
export const findUserAt = async (runtime: Reading, appId: string, address: string): Promise<StoredUser | undefined> =>
  followRedirects(runtime, appId, await readAddress(runtime, appId, address));

/** Finds the user of exactly this id: none for the id of a user that was merged or deleted. */
export async function findUserById(runtime: Reading, appId: string, userId: string): Promise<StoredUser | undefined> {
  const record = await readAddress(runtime, appId, userId);
  return record?.kind === "user" ? record : undefined;
}

/** Finds the user of an externalId, among a brand's users if one is given. */
export function findUserByExternalId(
  runtime: Reading,
  app: App,
  externalId: string,
  brandId?: string,
): Promise<StoredUser | undefined> {
  return findUserAt(runtime, app.id, externalIdAddress(app.salt, externalId, brandId));
}

/** Finds the user of a path, by id first, then by externalId: in one call, and one more after a redirect. */
export async function findUserByIdOrExternalId(
  runtime: Reading,
  app: App,
  name: string,
  brandId?: string,
): Promise<StoredUser | undefined> {
  const address = externalIdAddress(app.salt, name, brandId);
  const ids = idPattern.test(name) ? [address, name] : [address];
  const [atAddress, atId] = await getItems(
    runtime.db,
    ids.map((id) => userKey(app.id, id)),
  );
  const byId = atId && readAddressRecord(atId);
  return byId?.kind === "user" ? byId : followRedirects(runtime, app.id, atAddress && readAddressRecord(atAddress));
}

/** Finds the user that has an email as an identity, among a brand's users if one is given. */
export async function findUserByEmail(
  runtime: Reading,
  app: App,
  email: string,
  brandId?: string,
): Promise<User | undefined> {
  const item = await getItem(runtime.db, keyOfEmail(app, email, brandId));
  const storedUser = item && (await findUserAt(runtime, app.id, item.userId));
  // The user may have lost the identity between the two readings.
  return storedUser && identityOf(storedUser.user, email) ? storedUser.user : undefined;
}
