import type { Item } from "../db/db.ts";
import { deletedUserAt, readAddressRecord } from "../db/items/userItem.ts";
import type { User } from "../model/user.ts";

/** What has become of a restored user in the live table. */
export type Fate =
  /** The user was deleted, or merged into a user that was. */
  | { readonly kind: "deleted" }
  /** The user is there without the personal information that the restored one has. */
  | { readonly kind: "cleared" }
  /** The user is there, or merged into one that is. */
  | { readonly kind: "alive" }
  /** The user was merged into another, whose record decides. */
  | { readonly kind: "merged"; readonly into: string }
  /** The table knows nothing of the user: it was lost, which is what a restore is for. */
  | { readonly kind: "lost" };

/**
 * Decides what has become of a user by the item that the live table has at the user's own address. A deletion is what
 * the table says of one, never that something is missing.
 */
export function fateOfUser(restored: User, live: Item | undefined): Fate {
  if (live === undefined) return { kind: "lost" };
  const record = readAddressRecord(live);
  if (deletedUserAt(record) !== undefined) return { kind: "deleted" };
  if (record.kind === "redirect") return { kind: "merged", into: record.userId };
  // Without the id of a deleted user, a vacancy is of a channel identity that left the user that was merged from here.
  if (record.kind === "vacancy") return { kind: "alive" };
  const isCleared = live.cleared === true || (hasProfile(restored) && !hasProfile(record.user));
  return { kind: isCleared && hasPersonalInformation(restored) ? "cleared" : "alive" };
}

const hasProfile = ({ profile }: User): boolean => Object.keys(profile).length > 0;

const hasPersonalInformation = (user: User): boolean => hasProfile(user) || user.identities.length > 0;
