import type { App } from "../../model/app.ts";
import { comparableEmail } from "../../model/claims.ts";
import type { EmailIdentity, User } from "../../model/user.ts";
import { absent } from "../expression.ts";
import { emailAddress, emailKey, type Key } from "../keys.ts";
import type { Operation } from "../transact.ts";

/**
 * Names the key of the record that points from an email identity to its user, or to a user merged into that one since.
 */
export const keyOfEmail = (app: App, email: string, brandId?: string): Key =>
  emailKey(app.id, emailAddress(app.salt, comparableEmail(email), brandId));

/** Assigns a user its new email identities; fails if one belongs to another user. */
export const claimEmails = (app: App, before: readonly EmailIdentity[], now: User): readonly Operation[] =>
  now.identities
    .filter((identity) => !before.includes(identity))
    .map(({ value }) => ({
      put: { ...keyOfEmail(app, value, now.brandId), userId: now.id },
      condition: absent,
    }));

/** Releases a user's email identities for other users. */
export const freeEmails = (app: App, user: User): readonly Operation[] =>
  user.identities.map(({ value }) => ({ delete: keyOfEmail(app, value, user.brandId) }));
