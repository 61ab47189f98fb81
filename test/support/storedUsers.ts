import type { Db } from "../../lib/db/db.ts";
import { putItem } from "../../lib/db/writeItems.ts";
import { type IdentityOwner, newUser, type StoredUser, type User } from "../../lib/model/user.ts";
import { app } from "./app.ts";
import { freshId } from "./unique.ts";
import { userItemAt } from "./userItemAt.ts";

export { app };

/** The time at which stored users signed up. */
export const madeAt = new Date();

/** Stores a user, at version 1. */
export async function storeUser(
  db: Db,
  fields: Partial<User> = {},
  identityOwner?: IdentityOwner,
): Promise<StoredUser> {
  const user = { ...newUser(app.id, freshId(), madeAt), ...fields };
  await putItem(db, userItemAt(user, "1", identityOwner));
  return { user, version: "1", ...(identityOwner ? { identityOwner } : {}) };
}
