import { expect } from "vitest";
import type { Item } from "../../lib/db/db.ts";
import { userItem } from "../../lib/db/items/userItem.ts";
import type { IdentityOwner, User } from "../../lib/model/user.ts";

/** Makes a user's item at a version of the test's own choice. */
export const userItemAt = (user: User, version: string, heir?: IdentityOwner): Item => ({
  ...userItem(user, heir),
  version,
});

/** Matches the version of a write by the source itself. */
export const writtenVersion: unknown = expect.stringMatching(/^[0-9a-f-]{36}$/);
