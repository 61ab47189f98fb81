import { addClientAssociation, listUnderUser, replaceParticipant } from "../../db/items/conversationItem.ts";
import { type AddressRecord, isUnchanged, mergedUserItem, type redirectItem } from "../../db/items/userItem.ts";
import { channelAddress } from "../../db/keys.ts";
import type { Operation } from "../../db/transact.ts";
import { apiError } from "../../model/apiError.ts";
import type { App } from "../../model/app.ts";
import { idsOfClient } from "../../model/client.ts";
import type { ClientAssociation, Conversation } from "../../model/conversation.ts";
import type { MergeReason, MergeRecord } from "../../model/events/event.ts";
import type { IdentityOwner, PendingMove, StoredUser, User } from "../../model/user.ts";
import { assignIdentity, putPendingLink } from "../channelIdentity.ts";
import { mergeConversations } from "./mergeConversations.ts";
import { clientAfterMerge, mergedUser } from "./mergedUser.ts";

/** The merge of two users. */
export interface Merge {
  readonly survivor: StoredUser;
  readonly discarded: StoredUser;
  readonly reason: MergeReason;
  /** A further change of the survivor in the same transaction. */
  readonly change?: (user: User) => User;
  /** The integration that proved both to be one person, and on which their two clients become one. */
  readonly provenIntegrationId?: string;
  /** The place of the discarded user's client after the merge, if a business linked it to the survivor. */
  readonly linking?: {
    readonly conversation: Conversation | undefined;
    readonly association: ClientAssociation;
    readonly primary: boolean;
  };
  /** Further writes of the same transaction, given the survivor. */
  readonly alongside?: (survivor: User) => readonly Operation[];
}

/** The records that a merge reads. */
export interface MergeRecords {
  /** The records at the addresses of the discarded user's channel identities. */
  readonly identities: ReadonlyMap<string, AddressRecord | undefined>;
  /** The survivor's default conversation. */
  readonly kept: Conversation | undefined;
  /** The discarded user's default conversation. */
  readonly moved: Conversation | undefined;
}

/** The survivor as it will be, and the writes of the merge. */
export interface MergePlan {
  readonly user: User;
  /** The owner of the channel identity at the survivor's address, if that is not the survivor. */
  readonly identityOwner: IdentityOwner | undefined;
  readonly discarded: Operation;
  readonly conversations: readonly Operation[];
  readonly identities: readonly Operation[];
}

/**
 * Number of channel identities that a discarded user may have: each takes an operation of the one transaction, which
 * holds a hundred, and few others.
 */
const identityLimit = 90;

/**
 * Finds the channel identities of a user that is to be merged: the client of each by its address.
 * @throws ApiError `bad_request` for more than one transaction assigns
 */
export function identitiesToMove(app: App, { user }: StoredUser): ReadonlyMap<string, string> {
  const held = new Map(
    user.clients.flatMap((client) =>
      idsOfClient(client).map((externalId): [address: string, clientId: string] => [
        channelAddress(app.salt, client.integrationId ?? "", externalId),
        client.id,
      ]),
    ),
  );
  const awaiting = user.clients.filter((client) => client.awaiting !== undefined);
  if (held.size + awaiting.length > identityLimit)
    throw apiError.badRequest(
      `A user with more than ${identityLimit} channel identities cannot be merged into another`,
    );
  return held;
}

/** Decides how a merge changes two users, their default conversations and their channel identities. */
export function planMerge(app: App, merge: Merge, held: ReadonlyMap<string, string>, records: MergeRecords): MergePlan {
  const { survivor, discarded, change = (user: User) => user, provenIntegrationId } = merge;
  const conversations = planConversations(app, merge, records);
  const merged = withPendingMoves(mergedUser(survivor.user, discarded.user, provenIntegrationId), discarded.user);
  const clients = merged.clients.map((client) =>
    client.conversationId === discarded.user.defaultConversationId
      ? { ...client, conversationId: conversations.landing }
      : client,
  );
  const hasMore = conversations.hasMore ? { hasMoreConversations: true } : {};
  const user = change({ ...merged, ...hasMore, clients });
  return {
    user,
    // The identity that the discarded user had at the survivor's address is the survivor's own again.
    identityOwner: survivor.identityOwner?.userId === discarded.user.id ? undefined : survivor.identityOwner,
    conversations: conversations.operations,
    ...planIdentities(app, merge, {
      user,
      landing: conversations.landing,
      held,
      records,
      record: recordOf(merge, user, conversations.merged),
    }),
  };
}

/** Describes a merge by ids alone, since the item of the discarded user keeps it. */
function recordOf(
  { survivor, discarded, reason, provenIntegrationId, linking }: Merge,
  user: User,
  conversations: MergeRecord["conversations"],
): MergeRecord {
  const foldedClients = discarded.user.clients.flatMap(({ id }) => {
    const surviving = clientAfterMerge(survivor.user, discarded.user, id, provenIntegrationId);
    return surviving === id ? [] : [{ surviving, discarded: id }];
  });
  // A client of the survivor that waited for the identity gives way to the one that has it.
  const waiting = survivor.user.clients.find(({ id }) => !user.clients.some((one) => one.id === id));
  const [clients = waiting && linking && { surviving: linking.association.clientId, discarded: waiting.id }] =
    foldedClients;
  return { reason, survivorId: user.id, conversations, clients };
}

/** Records the moves that follow the merge: the discarded user's further conversations may be any number. */
function withPendingMoves(user: User, discarded: User): User {
  if (!discarded.hasMoreConversations && !discarded.pendingMoves?.length) return user;
  const inherited = discarded.pendingMoves?.filter((move) => move.kind !== "showExternalId") ?? [];
  // Conversations that still move to the discarded user may arrive there until their source is done, so it comes first.
  const pendingMoves: readonly PendingMove[] = [
    ...(user.pendingMoves ?? []),
    ...inherited,
    { kind: "moveConversations", fromUserId: discarded.id },
  ];
  return {
    ...user,
    hasMoreConversations: true,
    pendingMoves,
    formerIds: [...(user.formerIds ?? []), discarded.id, ...(discarded.formerIds ?? [])],
  };
}

/** The changes of both users' default conversations. */
interface ConversationsPlan {
  readonly operations: readonly Operation[];
  /** The conversation that holds the discarded user's messages after the merge. */
  readonly landing: string | undefined;
  /** Whether the survivor gets a further conversation. */
  readonly hasMore: boolean;
  /** The conversations that become one. */
  readonly merged?: MergeRecord["conversations"];
}

function planConversations(app: App, merge: Merge, { kept, moved }: MergeRecords): ConversationsPlan {
  const { survivor, discarded, provenIntegrationId, linking } = merge;
  const clientName = (clientId: string) =>
    clientAfterMerge(survivor.user, discarded.user, clientId, provenIntegrationId);
  const linked =
    linking?.conversation === undefined
      ? []
      : addClientAssociation(linking.conversation, survivor.user.id, linking.association, linking.primary);
  if (!moved) return { operations: linked, landing: undefined, hasMore: false };
  // One person's messages on one channel are one conversation, even if users may have several.
  if (kept && (!app.settings.multiConvoEnabled || provenIntegrationId !== undefined)) {
    const isLinkedHere = linking?.conversation?.id === kept.id;
    const primary = isLinkedHere && linking.primary ? linking.association : undefined;
    const participants = { survivorId: survivor.user.id, discardedId: discarded.user.id, clientName, primary };
    const operations = [...mergeConversations(app, kept, moved, participants), ...(isLinkedHere ? [] : linked)];
    const merged = { surviving: kept.id, discarded: moved.id };
    return { operations, landing: kept.id, hasMore: false, merged };
  }
  const replaced = replaceParticipant(moved, {
    from: discarded.user.id,
    to: survivor.user,
    clientName,
    isDefault: kept === undefined,
  });
  const listed = kept === undefined ? [] : [listUnderUser(app.id, survivor.user.id, moved.id)];
  return { operations: [replaced, ...listed, ...linked], landing: moved.id, hasMore: kept !== undefined };
}

/** Turns the discarded user into a redirect, and assigns its channel identities and pending links to the survivor. */
function planIdentities(
  app: App,
  { survivor, discarded, provenIntegrationId }: Merge,
  plan: {
    readonly user: User;
    readonly landing: string | undefined;
    readonly held: ReadonlyMap<string, string>;
    readonly records: MergeRecords;
    readonly record: MergeRecord;
  },
): Pick<MergePlan, "discarded" | "identities"> {
  const { user, landing, held, records, record } = plan;
  const identities: Operation[] = [];
  let redirectTo: Parameters<typeof redirectItem>[2] = discarded.identityOwner ?? { userId: user.id };
  for (const [address, discardedClientId] of held) {
    const clientId = clientAfterMerge(survivor.user, discarded.user, discardedClientId, provenIntegrationId);
    const client = user.clients.find((one) => one.id === clientId);
    const owner = { userId: user.id, clientId, conversationId: client?.conversationId ?? landing };
    if (address === discarded.user.id) redirectTo = owner;
    else identities.push(...assignIdentity(app, { id: address, record: records.identities.get(address) }, owner));
  }
  for (const { id, integrationId, awaiting } of discarded.user.clients) {
    if (awaiting === undefined || integrationId === undefined) continue;
    const address = channelAddress(app.salt, integrationId, awaiting.externalId);
    identities.push(putPendingLink(app, address, { userId: user.id, clientId: id }));
  }
  return {
    discarded: { put: mergedUserItem(discarded.user, redirectTo, record), condition: isUnchanged(discarded) },
    identities,
  };
}
