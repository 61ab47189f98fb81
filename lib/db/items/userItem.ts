import { randomUUID } from "node:crypto";
import type { DeliveryFailure } from "../../model/channelCall.ts";
import type { Participant } from "../../model/conversation.ts";
import type { MergeRecord, UserCause } from "../../model/events/event.ts";
import type { IdentityOwner, PendingMove, StoredUser, User } from "../../model/user.ts";
import type { Item } from "../db.ts";
import { absent, and, type Condition, equals, missing, or } from "../expression.ts";
import { namesInUserKey, userKey } from "../keys.ts";
import type { Operation } from "../transact.ts";
import { packDevices, unpackDevices } from "./deviceList.ts";

/** The item at the address of a user id, an externalId or a channel identity. */
export type AddressRecord =
  | ({ readonly kind: "user" } & StoredUser)
  /** The user has another id. The client and the conversation are those of a channel identity. */
  | ({
      readonly kind: "redirect";
      readonly userId: string;
      /** The id of the user that was deleted at this address before. */
      readonly of?: string | undefined;
    } & Partial<Omit<IdentityOwner, "userId">>)
  /** The user was deleted: the next user at this address gets a new id. */
  | {
      readonly kind: "vacancy";
      /** The id of the deleted user, for a deletion that may have work left. */
      readonly of?: string | undefined;
    };

/**
 * Makes a version that no other write has: a write that is repeated after a lost answer recognises its own item by it.
 */
export const newVersion = (): string => randomUUID();

/** The cause of a change of a user's clients; of a link that failed also why, where a channel told. */
type ChangeCause = UserCause | { readonly cause: "linkFailed"; readonly failure: DeliveryFailure };

/**
 * Writes a user as an item. The app and the id stand in the key, and values that most users share are left out: an item
 * of up to 1 kB costs one write unit.
 */
export const userItem = (user: User, identityOwner?: IdentityOwner, cause?: ChangeCause): Item => ({
  ...userKey(user.appId, user.id),
  kind: "user",
  version: newVersion(),
  // Of this write alone: the next one writes the item whole.
  cause: typeof cause === "object" ? cause.cause : cause,
  failure: typeof cause === "object" ? JSON.stringify(cause.failure) : undefined,
  heir: identityOwner && ownerAttributes(identityOwner),
  externalId: user.externalId,
  brandId: user.brandId,
  authenticated: user.authenticated || undefined,
  signedUpAt: user.signedUpAt,
  toBeRetained: user.toBeRetained,
  defaultConversationId: user.defaultConversationId,
  hasMoreConversations: user.hasMoreConversations,
  absorbing: user.pendingMoves?.map((move) => (move.kind === "showExternalId" ? user.id : move.fromUserId)),
  formerIds: user.formerIds,
  // Free-form parts are kept as JSON: DynamoDB's own maps refuse numbers that JSON allows.
  ...json("profile", user.profile),
  ...json("metadata", user.metadata),
  ...json("identities", user.identities),
  ...json("clients", user.clients),
  devices: packDevices(user.devices),
});

const json = (name: string, value: object): Item =>
  Object.keys(value).length === 0 ? {} : { [name]: JSON.stringify(value) };

/** Reads the item at an address. */
export function readAddressRecord(item: Item): AddressRecord {
  if (item.kind === "redirect")
    return { kind: "redirect", ...readOwner(item), ...(item.of === undefined ? {} : { of: item.of }) };
  if (item.kind === "vacancy") return { kind: "vacancy", of: item.of };
  return {
    kind: "user",
    user: readUser(item),
    version: item.version,
    ...(item.heir === undefined ? {} : { identityOwner: readOwner(item.heir) as IdentityOwner }),
  };
}

/** What an item of a user's address records of its latest change, for the events that tell it. */
export interface AddressNotes {
  readonly cause: UserCause | undefined;
  /** Why a link failed, where a channel told. */
  readonly failure: DeliveryFailure | undefined;
  /** The merge that made the user a redirect. */
  readonly merge: MergeRecord | undefined;
  /** The user that was deleted, of which the item is left. */
  readonly deletedUserId: string | undefined;
}

/** Reads what an item of a user's address records of its latest change. */
export const readAddressNotes = (item: Item): AddressNotes => ({
  cause: item.cause,
  failure: item.failure === undefined ? undefined : JSON.parse(item.failure),
  merge: item.merge === undefined ? undefined : JSON.parse(item.merge),
  deletedUserId: item.of,
});

function readUser(item: Item): User {
  const { appId, id } = namesInUserKey(item.pk);
  return {
    appId,
    id,
    ...(item.externalId === undefined ? {} : { externalId: item.externalId }),
    ...(item.brandId === undefined ? {} : { brandId: item.brandId }),
    authenticated: item.authenticated ?? false,
    signedUpAt: item.signedUpAt,
    ...(item.toBeRetained === undefined ? {} : { toBeRetained: item.toBeRetained }),
    ...(item.defaultConversationId === undefined ? {} : { defaultConversationId: item.defaultConversationId }),
    hasMoreConversations: item.hasMoreConversations,
    pendingMoves: (item.absorbing as readonly string[] | undefined)?.map((from) => readPendingMove(id, from)),
    formerIds: item.formerIds,
    profile: JSON.parse(item.profile ?? "{}"),
    metadata: JSON.parse(item.metadata ?? "{}"),
    identities: JSON.parse(item.identities ?? "[]"),
    clients: JSON.parse(item.clients ?? "[]"),
    devices: unpackDevices(item.devices),
  };
}

/** Reads an entry of `absorbing`: the user's own id means that its conversations do not show its externalId yet. */
const readPendingMove = (userId: string, from: string): PendingMove =>
  from === userId ? { kind: "showExternalId" } : { kind: "moveConversations", fromUserId: from };

/**
 * Writes a redirect from an address to a user, with the client and the conversation of a channel identity.
 * @param over the record that it replaces: the deletion that it tells of must be known after a restore
 */
export const redirectItem = (
  appId: string,
  address: string,
  to: { readonly userId: string } & Partial<Omit<IdentityOwner, "userId">>,
  over?: AddressRecord,
): Item => ({ ...userKey(appId, address), kind: "redirect", ...ownerAttributes(to), of: deletedUserAt(over) });

/** Answers the id of the user that was deleted at an address, also where another user has the address since. */
export const deletedUserAt = (record: AddressRecord | undefined): string | undefined =>
  record === undefined || record.kind === "user" ? undefined : record.of;

/** Writes the redirect that a user becomes in a merge. */
export const mergedUserItem = (
  { appId, id }: User,
  to: { readonly userId: string } & Partial<Omit<IdentityOwner, "userId">>,
  merge: MergeRecord,
): Item => ({ ...redirectItem(appId, id, to), merge: JSON.stringify(merge) });

/**
 * Marks the write that clears a user's personal information, so that the stream tells of it; the next write drops the
 * mark.
 */
export const clearedUserItem = (item: Item): Item => ({ ...item, cleared: true });

/**
 * Writes what remains of a deleted user: a vacancy, or a redirect if another user owns the channel identity at the
 * address.
 */
export const deletedUserItem = ({ appId, id }: User, identityOwner: IdentityOwner | undefined): Item =>
  identityOwner === undefined ? vacancyItem(appId, id, id) : { ...redirectItem(appId, id, identityOwner), of: id };

/** Picks the attributes that are stored of a channel identity's owner. */
export const ownerAttributes = (owner: { readonly userId: string } & Partial<Omit<IdentityOwner, "userId">>): Item => ({
  userId: owner.userId,
  clientId: owner.clientId,
  conversationId: owner.conversationId,
  told: owner.profileFingerprint,
});

const readOwner = (item: Item): { readonly userId: string } & Partial<Omit<IdentityOwner, "userId">> => ({
  userId: item.userId,
  ...(item.clientId === undefined ? {} : { clientId: item.clientId }),
  ...(item.conversationId === undefined ? {} : { conversationId: item.conversationId }),
  ...(item.told === undefined ? {} : { profileFingerprint: item.told }),
});

/** Writes the vacancy that a user leaves at an address. */
export const vacancyItem = (appId: string, address: string, of?: string): Item => ({
  ...userKey(appId, address),
  kind: "vacancy",
  of,
});

/** The address redirects to this user. */
export const pointsTo = (userId: string): Condition => and(equals("kind", "redirect"), equals("userId", userId));

/** The address is a vacancy. */
export const isVacant: Condition = equals("kind", "vacancy");

/** The address has no user: there is no item, or a vacancy. */
export const isUnassigned: Condition = or(absent, isVacant);

/** The user is as it was read. */
export const isUnchanged = ({ version }: { readonly version: string }): Condition =>
  and(equals("kind", "user"), equals("version", version));

/**
 * Replaces a user, unless it has changed since it was read.
 * @param cause the cause of a change of its clients, if that is no request for it
 */
export const replaceUser = (user: User, { version, identityOwner }: Omit<StoredUser, "user">, cause?: ChangeCause) =>
  ({ put: userItem(user, identityOwner, cause), condition: isUnchanged({ version }) }) satisfies Operation;

/**
 * Records that a user is in conversations beyond the first; fails if the user is gone, or has since got another
 * externalId than the one that the conversation will show.
 */
export const noteMoreConversations = (appId: string, { userId, userExternalId }: Participant): Operation => ({
  update: userKey(appId, userId),
  set: { hasMoreConversations: true, version: newVersion() },
  condition: and(
    equals("kind", "user"),
    userExternalId === undefined ? missing("externalId") : equals("externalId", userExternalId),
  ),
});
