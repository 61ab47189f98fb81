import type { App } from "../domain/app.ts";
import { comparableEmail } from "../domain/claims.ts";
import type { EmailIdentity, User } from "../domain/user.ts";
import { emailAddress, emailKey, type Key } from "./keys.ts";
import { absent, type Operation } from "./table.ts";

/** Where it stands whose an email identity is. It may name a user who was merged into the holder since. */
export const keyOfEmail = (app: App, email: string, brandId?: string): Key =>
  emailKey(app.id, emailAddress(app.salt, comparableEmail(email), brandId));

/** The operations that make the emails a user's which it has now and had not before; they fail for one of another. */
export const claimEmails = (app: App, before: readonly EmailIdentity[], now: User): readonly Operation[] =>
  now.identities
    .filter((identity) => !before.includes(identity))
    .map(({ value }) => ({
      put: { ...keyOfEmail(app, value, now.brandId), userId: now.id },
      condition: absent,
    }));

/** The operations that make a user's emails anybody's. */
export const freeEmails = (app: App, user: User): readonly Operation[] =>
  user.identities.map(({ value }) => ({ delete: keyOfEmail(app, value, user.brandId) }));
