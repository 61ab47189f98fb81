import {
  type ClientAssociation,
  type Conversation,
  joinAssociations,
  newParticipant,
  type Participant,
  participantOf,
  withAssociation,
} from "../domain/conversation.ts";
import type { Message } from "../domain/message.ts";
import type { User } from "../domain/user.ts";
import { conversationEntryKey, conversationKey, type Key } from "./keys.ts";
import { absent, type Expression, type Item, type Operation, type Table } from "./table.ts";

/** A participant's parts as they stand in the map of its conversation. */
export const participantEntry = (participant: Participant): Item => ({
  id: participant.id,
  userExternalId: participant.userExternalId,
  unreadCount: participant.unreadCount,
  lastRead: participant.lastRead,
  clients: participant.clientAssociations,
});

/**
 * What was said last, as a conversation remembers it for the lists of SDKs, which show it. A long message would cost each
 * change of the conversation a write unit more, and one that is to be deleted after a while would outlast it: neither is kept.
 */
export function copyOfLatest(message: Message | undefined, lapsesAt: string | undefined): string | undefined {
  const copy = message && lapsesAt === undefined ? JSON.stringify(message) : undefined;
  return copy && Buffer.byteLength(copy) <= 512 ? copy : undefined;
}

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
  participants: Object.fromEntries(conversation.participants.map((one) => [one.userId, participantEntry(one)])),
  createdAt: conversation.createdAt,
  lastUpdatedAt: conversation.lastUpdatedAt,
  businessLastRead: conversation.businessLastRead,
  messageCount: conversation.messageCount,
  latest: copyOfLatest(conversation.latest, conversation.lapsesAt),
  lapsesAt: conversation.lapsesAt,
  clientsSeen: conversation.clientsSeen,
  absorbing: conversation.absorbing.length === 0 ? undefined : new Set(conversation.absorbing),
});

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
    absorbing: [...((item.absorbing as Set<string> | undefined) ?? [])],
  };
}

/** A conversation that was merged into another is left as a pointer until its messages have moved; a deleted one, for a day. */
export const open: Expression = { text: "attribute_exists(pk) AND attribute_not_exists(mergedInto)" };

/** Whether what was read of a conversation is one that stands and was not merged into another. */
export const isOpen = (item: Item | undefined): boolean => item !== undefined && item.mergedInto === undefined;

/**
 * The operation that adds to the number of messages, or takes from it, as long as the conversation stands and is not being
 * absorbed by another, which has counted them. Which of them is the latest may be another afterwards.
 */
export const countMessages = (key: Key, more: number): Operation => ({
  update: key,
  change: { text: "SET messageCount = messageCount + :more REMOVE latest", values: { ":more": more } },
  condition: open,
});

export const createConversation = (conversation: Conversation): Operation => ({
  put: conversationItem(conversation),
  condition: absent,
});

export const enterConversation = (appId: string, userId: string, conversationId: string): Operation => ({
  put: { ...conversationEntryKey(appId, userId, conversationId), id: conversationId },
});

/** The operation that takes a user out of a conversation; fails for one who is not in it. */
export const leaveConversation = (appId: string, userId: string, conversationId: string) => ({
  update: conversationKey(appId, conversationId),
  change: { text: "REMOVE participants.#user", names: { "#user": userId } },
  condition: { text: `${open.text} AND attribute_exists(participants.#user)`, names: { "#user": userId } },
});

/** A conversation that stands and was not merged into another. */
export async function findOpen(table: Table, appId: string, id: string | undefined): Promise<Conversation | undefined> {
  const item = id === undefined ? undefined : await table.get(conversationKey(appId, id));
  return item === undefined || item.mergedInto !== undefined ? undefined : readConversation(item);
}

/** The operations after which a participant is in a conversation through one more client; none where it is already. */
export function associate(
  conversation: Conversation,
  userId: string,
  client: ClientAssociation,
  primary: boolean,
): readonly Operation[] {
  const current = participantOf(conversation, userId)?.clientAssociations ?? [];
  const next = withAssociation(current, client, primary);
  const same = next.every((one, index) => one.clientId === current[index]?.clientId);
  return same && next.length === current.length ? [] : [setAssociations(conversation, userId, current, next)];
}

/** The operation that replaces the clients through which a participant is in a conversation. */
export const setAssociations = (
  conversation: Conversation,
  userId: string,
  current: readonly ClientAssociation[],
  next: readonly ClientAssociation[],
): Operation => ({
  update: conversationKey(conversation.appId, conversation.id),
  change: { text: "SET participants.#user.clients = :next", names: { "#user": userId }, values: { ":next": next } },
  condition: {
    text: `${open.text} AND participants.#user.clients = :current`,
    names: { "#user": userId },
    values: { ":current": current },
  },
});

/** The operation that shows a user's externalId in a conversation; fails where the user is not, or not any more. */
export const nameParticipant = (conversationId: string, { appId, id, externalId }: User) => ({
  update: conversationKey(appId, conversationId),
  change: {
    text: "SET participants.#user.userExternalId = :externalId",
    names: { "#user": id },
    values: { ":externalId": externalId },
  },
  condition: { text: "attribute_exists(participants.#user)", names: { "#user": id } },
});

/** The operation that gives a conversation's place of one user to another, who may be in it already. */
export function renameParticipant(
  conversation: Conversation,
  from: string,
  to: { readonly id: string; readonly externalId?: string | undefined },
  clientName: (clientId: string) => string,
  isDefault: boolean,
): Operation {
  const leaving = participantOf(conversation, from);
  const present = participantOf(conversation, to.id);
  const joined: Participant = {
    ...(present ?? newParticipant(leaving?.id ?? "", to, [])),
    unreadCount: Math.max(present?.unreadCount ?? 0, leaving?.unreadCount ?? 0),
    lastRead: present?.lastRead ?? leaving?.lastRead,
    clientAssociations: joinAssociations(present, leaving, clientName),
  };
  return {
    update: conversationKey(conversation.appId, conversation.id),
    change: {
      text: "SET participants.#to = :joined, isDefault = :isDefault REMOVE participants.#from",
      names: { "#from": from, "#to": to.id },
      values: { ":joined": participantEntry(joined), ":isDefault": isDefault },
    },
    condition: {
      text: `${open.text} AND participants.#from.unreadCount = :unread`,
      names: { "#from": from },
      values: { ":unread": leaving?.unreadCount ?? 0 },
    },
  };
}
