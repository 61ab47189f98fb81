import type { Item } from "../../db/db.ts";
import { at, equals } from "../../db/expression.ts";
import { newVersion, pointsTo, readAddressRecord, vacancyItem } from "../../db/items/userItem.ts";
import { userKey } from "../../db/keys.ts";
import type { Runtime } from "../../db/runtime.ts";
import type { Operation } from "../../db/transact.ts";
import { putItem, updateItem } from "../../db/writeItems.ts";

/** Leaves a vacancy at an address that redirects to this user; fails for any other. */
export const releaseIdentity = (appId: string, address: string, userId: string) =>
  ({ put: vacancyItem(appId, address, userId), condition: pointsTo(userId) }) satisfies Operation;

/** Releases an identity at another user's address, where the item names this user as its owner. */
export const releaseHeldIdentity = (appId: string, address: string, userId: string) =>
  ({
    update: userKey(appId, address),
    set: { version: newVersion(), heir: undefined },
    condition: equals(at("heir", "userId"), userId),
  }) satisfies Operation;

/** Tells whether another user stands at an address and its item names this user as the identity's owner. */
export function isHeldFor(item: Item | undefined, userId: string): boolean {
  const record = item && readAddressRecord(item);
  return record?.kind === "user" && record.identityOwner?.userId === userId;
}

/** Releases an address now, if it points to this deleted user. */
export async function releaseIdentityNow(
  { db }: Pick<Runtime, "db">,
  appId: string,
  address: string,
  userId: string,
): Promise<void> {
  const { put, condition } = releaseIdentity(appId, address, userId);
  const written = await putItem(db, put, condition);
  if (written.done || !isHeldFor(written.existing, userId)) return;
  const held = releaseHeldIdentity(appId, address, userId);
  await updateItem(db, held.update, { set: held.set }, held.condition);
}
