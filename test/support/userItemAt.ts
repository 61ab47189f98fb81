import { expect } from "vitest";
import type { ChannelPlace, User } from "../../lib/domain/user.ts";
import type { Item } from "../../lib/store/table.ts";
import { userItem } from "../../lib/store/userItem.ts";

/** A user's item at a version of the test's own choice. */
export const userItemAt = (user: User, version: string, heir?: ChannelPlace): Item => ({
  ...userItem(user, heir),
  version,
});

/** Matches the version that a write of the store itself leaves. */
export const writtenVersion: unknown = expect.stringMatching(/^[0-9a-f-]{36}$/);
