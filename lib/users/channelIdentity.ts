import type { Item } from "../db/db.ts";
import { absent, and, type Condition, equals, missing, or } from "../db/expression.ts";
import {
  type AddressRecord,
  isUnassigned,
  isUnchanged,
  newVersion,
  ownerAttributes,
  readAddressRecord,
  redirectItem,
  vacancyItem,
} from "../db/items/userItem.ts";
import { channelAddress, conversationKey, firstConversationId, type Key, pendingLinkKey, userKey } from "../db/keys.ts";
import { getItems } from "../db/readItems.ts";
import type { Runtime } from "../db/runtime.ts";
import type { Operation } from "../db/transact.ts";
import type { App } from "../model/app.ts";
import type { ChannelType } from "../model/channel.ts";
import { mayBeLinked } from "../model/channelLink.ts";
import { holdsIdentity } from "../model/client.ts";
import type { IdentityOwner, StoredUser } from "../model/user.ts";
import { resumeDeletionAt } from "./delete/finishDeletion.ts";

/** The integration of a channel that a delivery came to, or on which a client is linked. */
export interface ChannelIntegration {
  readonly id: string;
  readonly type: ChannelType;
}

/** A client that waits for a message from a channel identity. */
export interface PendingLink {
  readonly userId: string;
  readonly clientId: string;
}

/** A channel identity (a person's id on an integration) as it was read at its address. */
export interface StoredIdentity {
  /** The address, which is also the id of a user created there. */
  readonly id: string;
  readonly externalId: string;
  readonly record: AddressRecord | undefined;
  /** The owner of the identity: its client and the client's user. */
  readonly owner: IdentityOwner | undefined;
  /** The owner, if it stands at the address itself and so was read with it. */
  readonly storedUser: StoredUser | undefined;
  readonly pendingLink: PendingLink | undefined;
}

/** Reads a person's identities, and the pending links of those that can be linked, in one call. */
export async function readIdentities(
  { db }: Pick<Runtime, "db">,
  app: App,
  integration: ChannelIntegration,
  externalIds: readonly string[],
): Promise<readonly StoredIdentity[]> {
  const keys = keysOf(app, integration, externalIds);
  return identitiesOf(app, integration, externalIds, await getItems(db, keys));
}

/**
 * Reads a person's identities like `readIdentities`, and in the same call the first conversation of a user created at
 * the first of them: it shows whether a redelivered message was counted.
 */
export async function readIdentitiesWithConversation(
  { db }: Pick<Runtime, "db">,
  app: App,
  integration: ChannelIntegration,
  externalIds: readonly string[],
): Promise<{ readonly identities: readonly StoredIdentity[]; readonly conversation: Item | undefined }> {
  const first = channelAddress(app.salt, integration.id, externalIds[0] ?? "");
  const [conversation, ...items] = await getItems(db, [
    conversationKey(app.id, firstConversationId(app.salt, first)),
    ...keysOf(app, integration, externalIds),
  ]);
  return { identities: identitiesOf(app, integration, externalIds, items), conversation };
}

const linkableOf = ({ type }: ChannelIntegration, externalIds: readonly string[]): readonly string[] =>
  externalIds.filter((externalId) => mayBeLinked(type, externalId));

const keysOf = (app: App, integration: ChannelIntegration, externalIds: readonly string[]): readonly Key[] => {
  const addressOf = (externalId: string) => channelAddress(app.salt, integration.id, externalId);
  return [
    ...externalIds.map((externalId) => userKey(app.id, addressOf(externalId))),
    ...linkableOf(integration, externalIds).map((externalId) => pendingLinkKey(app.id, addressOf(externalId))),
  ];
};

/** Reads the items at `keysOf`. */
function identitiesOf(
  app: App,
  integration: ChannelIntegration,
  externalIds: readonly string[],
  items: readonly (Item | undefined)[],
): readonly StoredIdentity[] {
  const linkable = linkableOf(integration, externalIds);
  return externalIds.map((externalId, index) => {
    const item = items[index];
    const link = linkable.includes(externalId) ? items[externalIds.length + linkable.indexOf(externalId)] : undefined;
    const record = item && readAddressRecord(item);
    const owner = ownerOf(record, integration.id, externalId);
    return {
      id: channelAddress(app.salt, integration.id, externalId),
      externalId,
      record,
      owner,
      storedUser: record?.kind === "user" && owner?.userId === record.user.id ? record : undefined,
      pendingLink: link && { userId: link.userId, clientId: link.clientId },
    };
  });
}

/**
 * Finds the owner of an identity: the user at the address, if it has a client with the identity, or the user to which
 * it was assigned since.
 */
function ownerOf(
  record: AddressRecord | undefined,
  integrationId: string,
  externalId: string,
): IdentityOwner | undefined {
  if (record?.kind === "redirect" && record.clientId !== undefined)
    return {
      userId: record.userId,
      clientId: record.clientId,
      conversationId: record.conversationId,
      profileFingerprint: record.profileFingerprint,
    };
  if (record?.kind !== "user") return undefined;
  const { user, identityOwner } = record;
  const client = user.clients.find((one) => holdsIdentity(one, integrationId, externalId));
  if (!client) return identityOwner;
  return {
    userId: user.id,
    clientId: client.id,
    conversationId: client.conversationId ?? user.defaultConversationId,
  };
}

/** Tells whether a user at one of these addresses that was read again has not changed since the first reading. */
export const isAsRead = (identities: readonly StoredIdentity[], storedUser: StoredUser): boolean =>
  identities.every(
    ({ id, record }) => id !== storedUser.user.id || (record?.kind === "user" && record.version === storedUser.version),
  );

/**
 * Finishes the deletions of the users that had these addresses, before the vacancies that name them are overwritten.
 */
export async function finishDeletionsAt(
  runtime: Pick<Runtime, "db">,
  app: App,
  identities: readonly StoredIdentity[],
): Promise<void> {
  for (const { record } of identities) await resumeDeletionAt(runtime, app.id, record);
}

/**
 * Assigns an identity to an owner, if its address is as it was read. If another user stands at the address, that user's
 * item names the owner. An owner at its own address needs only its client, with which the same transaction replaces it.
 */
export function assignIdentity(
  app: App,
  { id, record }: Pick<StoredIdentity, "id" | "record">,
  owner: IdentityOwner,
): readonly Operation[] {
  if (id === owner.userId) return [];
  if (record?.kind === "user") return [setIdentityOwner(app, id, record.version, owner)];
  const put = redirectItem(app.id, id, owner, record);
  if (record?.kind !== "redirect") return [{ put, condition: isUnassigned }];
  const isSameOwner = and(
    equals("kind", "redirect"),
    equals("userId", record.userId),
    record.clientId === undefined ? missing("clientId") : equals("clientId", record.clientId),
  );
  return [{ put, condition: isSameOwner }];
}

/** Unassigns an identity from this client: the next message from it creates a new user. */
export function unassignIdentity(
  app: App,
  { id, record }: Pick<StoredIdentity, "id" | "record">,
  clientId: string,
): readonly Operation[] {
  if (record?.kind === "user")
    return record.identityOwner?.clientId === clientId ? [setIdentityOwner(app, id, record.version, undefined)] : [];
  if (record?.kind !== "redirect" || record.clientId !== clientId) return [];
  return [{ put: vacancyItem(app.id, id, record.of), condition: equals("clientId", clientId) }];
}

/** Names, at a user's own address, the present owner of the channel identity, or removes the name. */
const setIdentityOwner = (app: App, userId: string, version: string, owner: IdentityOwner | undefined): Operation => ({
  update: userKey(app.id, userId),
  set: { version: newVersion(), heir: owner && ownerAttributes(owner) },
  condition: isUnchanged({ version }),
});

/** Makes a client wait for a message from an address. */
export const putPendingLink = (app: App, address: string, link: PendingLink): { readonly put: Item } => ({
  put: { ...pendingLinkKey(app.id, address), ...link },
});

/** Ends a client's waiting; fails if another client waits, or the same one for another user. */
export const removePendingLink = (app: App, address: string, link: PendingLink): Operation => ({
  delete: pendingLinkKey(app.id, address),
  condition: isPendingLinkFree(link),
});

/** No client waits at an address except, perhaps, this one of this user: a merge gives a client to another user. */
export const isPendingLinkFree = ({ userId, clientId }: PendingLink): Condition =>
  or(absent, and(equals("clientId", clientId), equals("userId", userId)));
