import {
  type ClientAssociation,
  type Conversation,
  joinAssociations,
  newParticipant,
  type Participant,
  participantOf,
  withAssociation,
} from "../../model/conversation.ts";
import type { ConversationOrigin, ConversationPress, ConversationReferral } from "../../model/events/event.ts";
import type { Message } from "../../model/message.ts";
import type { User } from "../../model/user.ts";
import type { Item } from "../db.ts";
import { absent, and, at, type Condition, equals, exists, increment, missing, present } from "../expression.ts";
import { conversationEntryKey, conversationKey, type Key } from "../keys.ts";
import type { Operation } from "../transact.ts";

/** A conversation's item in one of its states. */
export type ConversationRecord =
  | { readonly kind: "open"; readonly conversation: Conversation }
  /** The messages move into another conversation, which replaces this one. */
  | { readonly kind: "merged"; readonly into: string }
  /** The item remains for a day, so that the request that created the conversation creates no other. */
  | { readonly kind: "deleted" };

/** Reads the item at a conversation's key. */
export function readConversationRecord(item: Item | undefined): ConversationRecord | undefined {
  if (item === undefined) return undefined;
  if (item.mergedInto === undefined) return { kind: "open", conversation: readConversation(item) };
  return item.mergedInto === deletedMark ? { kind: "deleted" } : { kind: "merged", into: item.mergedInto };
}

/** What a conversation's item records of its changes, for the events that tell them. */
export interface ConversationNotes {
  readonly origin: ConversationOrigin;
  /** The latest referral to the conversation since its creation. */
  readonly referred: ConversationReferral | undefined;
  /** The latest press of a button by an SDK. */
  readonly pressed: ConversationPress | undefined;
  /** The user whose place in a group another one took by the latest merge. */
  readonly replacedUserId: string | undefined;
}

/** Records a referral to a conversation, which tells it from an earlier one by the channel's own time. */
export const referralChange = (referred: ConversationReferral | undefined): Item =>
  referred === undefined ? {} : { referred: JSON.stringify(referred) };

/** Reads what a conversation's item records of its changes. */
export const readConversationNotes = (item: Item): ConversationNotes => ({
  origin: readOrigin(item),
  referred: item.referred === undefined ? undefined : JSON.parse(item.referred),
  pressed: item.pressed === undefined ? undefined : JSON.parse(item.pressed),
  replacedUserId: item.replaced,
});

/** Reads how a conversation was created; one from before that was recorded, as made for no reason. */
export const readOrigin = (item: Item): ConversationOrigin =>
  item.origin === undefined ? byBusiness : JSON.parse(item.origin);

/** The creation of a conversation by a business's call. */
export const byBusiness: ConversationOrigin = { reason: "none", source: { type: "api:conversations" } };

/** A deleted conversation is stored as one that was merged into an empty id. */
const deletedMark = "";

/**
 * Writes the item that remains of a deleted conversation until `expiresAt`, in seconds since 1970. The marks of the
 * messages that it counted stay: by them the stream's reader tells those from messages that came too late.
 */
export const deletedConversationItem = (
  key: Key,
  expiresAt: number,
  { counted, countedBefore, settledUntil }: Item,
): Item => ({ ...key, mergedInto: deletedMark, participants: {}, expiresAt, counted, countedBefore, settledUntil });

/** Seconds for which it is known into which conversation another one was merged, longer than the stream's records live. */
const mergedLifetimeSeconds = 25 * 60 * 60;

/** Writes the item that remains of a conversation of which everything was moved into another one. */
export const mergedConversationItem = (key: Key, into: string, now: Date): Item => ({
  ...key,
  mergedInto: into,
  participants: {},
  expiresAt: Math.floor(now.getTime() / 1000) + mergedLifetimeSeconds,
});

/** Writes a participant as an entry of its conversation's map. */
export const participantEntry = (participant: Participant): Item => ({
  id: participant.id,
  userExternalId: participant.userExternalId,
  unreadCount: participant.unreadCount,
  lastRead: participant.lastRead,
  clients: participant.clientAssociations,
});

/**
 * Writes the copy of the latest message that a conversation holds for the lists of SDKs. A long message is left out,
 * because each change of the conversation would cost one more write unit; so is one that expires, because the copy
 * would outlive it.
 */
export function latestMessageCopy(message: Message | undefined, lapsesAt: string | undefined): string | undefined {
  const copy = message && lapsesAt === undefined ? JSON.stringify(message) : undefined;
  return copy && Buffer.byteLength(copy) <= 512 ? copy : undefined;
}

/** Writes a conversation as an item. */
export const conversationItem = (conversation: Conversation): Item => ({
  ...conversationKey(conversation.appId, conversation.id),
  id: conversation.id,
  appId: conversation.appId,
  type: conversation.type,
  isDefault: conversation.isDefault,
  displayName: conversation.displayName,
  description: conversation.description,
  iconUrl: conversation.iconUrl,
  metadata: Object.keys(conversation.metadata).length === 0 ? undefined : JSON.stringify(conversation.metadata),
  // By user id, so that one user's counters change without touching another's.
  participants: Object.fromEntries(
    conversation.participants.map((participant) => [participant.userId, participantEntry(participant)]),
  ),
  createdAt: conversation.createdAt,
  lastUpdatedAt: conversation.lastUpdatedAt,
  businessLastRead: conversation.businessLastRead,
  messageCount: conversation.messageCount,
  latest: latestMessageCopy(conversation.latest, conversation.lapsesAt),
  lapsesAt: conversation.lapsesAt,
  clientsSeen: conversation.clientsSeen,
  absorbing: conversation.mergedConversationIds.length === 0 ? undefined : new Set(conversation.mergedConversationIds),
});

/** Reads an open conversation's item. */
export function readConversation(item: Item): Conversation {
  const participants: Record<string, Item> = item.participants;
  return {
    id: item.id,
    appId: item.appId,
    type: item.type,
    isDefault: item.isDefault,
    displayName: item.displayName,
    description: item.description,
    iconUrl: item.iconUrl,
    metadata: JSON.parse(item.metadata ?? "{}"),
    participants: Object.entries(participants)
      .map(([userId, entry]) => ({
        id: entry.id,
        userId,
        userExternalId: entry.userExternalId,
        unreadCount: entry.unreadCount,
        lastRead: entry.lastRead,
        clientAssociations: entry.clients,
      }))
      .sort((a, b) => (a.id < b.id ? -1 : 1)),
    createdAt: item.createdAt,
    lastUpdatedAt: item.lastUpdatedAt,
    businessLastRead: item.businessLastRead,
    messageCount: item.messageCount,
    latest: item.latest === undefined ? undefined : JSON.parse(item.latest),
    lapsesAt: item.lapsesAt,
    clientsSeen: item.clientsSeen ?? {},
    mergedConversationIds: [...((item.absorbing as Set<string> | undefined) ?? [])],
  };
}

/** The conversation exists and was neither merged into another nor deleted. */
export const isOpen: Condition = and(present, missing("mergedInto"));

/** Tells whether the item at a conversation's key is an open conversation. */
export const isOpenItem = (item: Item | undefined): item is Item => readConversationRecord(item)?.kind === "open";

/**
 * Adds to the number of messages, or subtracts from it, if the conversation is open: one that is being merged was
 * counted into the other. Forgets the copy of the latest message, which may be another one afterwards.
 */
export const countMessages = (key: Key, change: number): Operation => ({
  update: key,
  set: { messageCount: increment(change), latest: undefined },
  condition: isOpen,
});

/** Writes a new conversation as an item, with its creation. */
export const newConversationItem = (conversation: Conversation, origin: ConversationOrigin): Item => ({
  ...conversationItem(conversation),
  origin: JSON.stringify(origin),
});

/** Puts a conversation if there is none at its key. */
export const putNewConversation = (conversation: Conversation, origin: ConversationOrigin): Operation => ({
  put: newConversationItem(conversation, origin),
  condition: absent,
});

/** Lists a conversation under a user. */
export const listUnderUser = (appId: string, userId: string, conversationId: string): Operation => ({
  put: { ...conversationEntryKey(appId, userId, conversationId), id: conversationId },
});

/** Removes a user from a conversation; fails if the user is not in it. */
export const removeParticipant = (appId: string, userId: string, conversationId: string) => ({
  update: conversationKey(appId, conversationId),
  set: { [at("participants", userId)]: undefined },
  condition: and(isOpen, exists(at("participants", userId))),
});

/** Adds a client to a participant; makes no operation if the participant has it already. */
export function addClientAssociation(
  conversation: Conversation,
  userId: string,
  client: ClientAssociation,
  primary: boolean,
): readonly Operation[] {
  const current = participantOf(conversation, userId)?.clientAssociations ?? [];
  const next = withAssociation(current, client, primary);
  const same = next.every(({ clientId }, index) => clientId === current[index]?.clientId);
  return same && next.length === current.length ? [] : [setClientAssociations(conversation, userId, current, next)];
}

/** Replaces a participant's clients, if they are as they were read. */
export const setClientAssociations = (
  conversation: Conversation,
  userId: string,
  current: readonly ClientAssociation[],
  next: readonly ClientAssociation[],
): Operation => ({
  update: conversationKey(conversation.appId, conversation.id),
  set: { [at("participants", userId, "clients")]: next },
  condition: and(isOpen, equals(at("participants", userId, "clients"), current)),
});

/** Shows a user's externalId in a conversation; fails if the user is not a participant. */
export const showExternalId = (conversationId: string, { appId, id, externalId }: User) => ({
  update: conversationKey(appId, conversationId),
  set: { [at("participants", id, "userExternalId")]: externalId },
  condition: exists(at("participants", id)),
});

/** The replacement of a participant by another user. */
export interface Replacement {
  readonly from: string;
  /** The user that replaces it, which may be a participant already. */
  readonly to: { readonly id: string; readonly externalId?: string | undefined };
  /** Answers the id of the client that replaces one of the leaving user's. */
  readonly clientName: (clientId: string) => string;
  readonly isDefault: boolean;
}

/** Gives a participant's place, clients and unread count to another user. */
export function replaceParticipant(
  conversation: Conversation,
  { from, to, clientName, isDefault }: Replacement,
): Operation {
  const leaving = participantOf(conversation, from);
  const existing = participantOf(conversation, to.id);
  const joined: Participant = {
    ...(existing ?? newParticipant(leaving?.id ?? "", to, [])),
    unreadCount: Math.max(existing?.unreadCount ?? 0, leaving?.unreadCount ?? 0),
    lastRead: existing?.lastRead ?? leaving?.lastRead,
    clientAssociations: joinAssociations(existing, leaving, clientName),
  };
  return {
    update: conversationKey(conversation.appId, conversation.id),
    set: {
      [at("participants", to.id)]: participantEntry(joined),
      isDefault,
      [at("participants", from)]: undefined,
      // In a group, so that the place of two participants who became one is not taken for a leave.
      ...(conversation.type === "sdkGroup" ? { replaced: from } : {}),
    },
    condition: and(isOpen, equals(at("participants", from, "unreadCount"), leaving?.unreadCount ?? 0)),
  };
}
