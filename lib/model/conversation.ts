import { ApiError } from "./apiError.ts";
import type { AppSettings } from "./app.ts";
import type { Message } from "./message.ts";
import { type Metadata, type MetadataChange, mergeMetadata } from "./metadata.ts";

export interface ClientAssociation {
  readonly type: string;
  readonly clientId: string;
}

/** A user in a conversation. */
export interface Participant {
  readonly id: string;
  readonly userId: string;
  readonly userExternalId?: string | undefined;
  /** Number of messages of the business, and of others in a group, that the user has not read. */
  readonly unreadCount: number;
  readonly lastRead?: string | undefined;
  /** The most recent client first, which is the user's primary client here. */
  readonly clientAssociations: readonly ClientAssociation[];
}

export const participantLimit = 10;
export const messageLimit = 30_000;

/** Makes the error for a message to a conversation that has reached its limit. */
export const conversationFull = () =>
  new ApiError("locked", `Message limit of ${messageLimit} per conversation reached.`);

/** A conversation with its participants inside: they are ten at most. */
export interface Conversation {
  readonly id: string;
  readonly appId: string;
  readonly type: "personal" | "sdkGroup";
  readonly isDefault: boolean;
  readonly displayName?: string | undefined;
  readonly description?: string | undefined;
  readonly iconUrl?: string | undefined;
  readonly metadata: Metadata;
  readonly participants: readonly Participant[];
  readonly createdAt: string;
  readonly lastUpdatedAt: string;
  readonly businessLastRead?: string | undefined;
  readonly messageCount: number;
  /** The latest message, if it is known without a look at the messages. */
  readonly latest?: Message | undefined;
  /** The time at which all messages will have expired, unless more come: with `conversationRetentionSeconds`. */
  readonly lapsesAt?: string | undefined;
  /** The time of each channel client's last message here, by the client's id. */
  readonly clientsSeen: Readonly<Record<string, string>>;
  /** Conversations with messages that are still moving into this one; the next request that reads it continues. */
  readonly mergedConversationIds: readonly string[];
}

export interface ConversationFields {
  readonly displayName?: string | null | undefined;
  readonly description?: string | null | undefined;
  readonly iconUrl?: string | null | undefined;
}

interface BegunConversation extends ConversationFields {
  readonly type: "personal" | "sdkGroup";
  readonly isDefault: boolean;
  readonly participants: readonly Participant[];
  readonly metadata?: Metadata | undefined;
}

/** Makes a new conversation without messages. */
export function newConversation(appId: string, id: string, now: Date, begun: BegunConversation): Conversation {
  return {
    id,
    appId,
    type: begun.type,
    isDefault: begun.isDefault,
    displayName: begun.displayName ?? undefined,
    description: begun.description ?? undefined,
    iconUrl: begun.iconUrl ?? undefined,
    metadata: begun.metadata ?? {},
    participants: begun.participants,
    createdAt: now.toISOString(),
    lastUpdatedAt: now.toISOString(),
    messageCount: 0,
    clientsSeen: {},
    mergedConversationIds: [],
  };
}

/** Applies a change: `null` clears a field, an absent field stays, metadata merges. */
export function changeConversation(
  conversation: Conversation,
  change: ConversationFields & { readonly metadata?: MetadataChange | null | undefined },
): Conversation {
  const changed = <T>(value: T | null | undefined, current: T | undefined) =>
    value === undefined ? current : (value ?? undefined);
  return {
    ...conversation,
    displayName: changed(change.displayName, conversation.displayName),
    description: changed(change.description, conversation.description),
    iconUrl: changed(change.iconUrl, conversation.iconUrl),
    metadata:
      change.metadata === null ? {} : mergeMetadata(conversation.metadata, change.metadata ?? {}, "Conversation"),
  };
}

/**
 * Computes the time at which a conversation expires after a message at this time; `undefined` without
 * `conversationRetentionSeconds`.
 */
export function conversationExpiry(
  { conversationRetentionSeconds: seconds }: AppSettings,
  received: string,
): string | undefined {
  return seconds ? new Date(Date.parse(received) + seconds * 1000).toISOString() : undefined;
}

/** Tells whether all messages of a conversation have expired, though DynamoDB may not have deleted it yet. */
export const hasConversationExpired = ({ lapsesAt }: Conversation, now: Date): boolean =>
  lapsesAt !== undefined && lapsesAt <= now.toISOString();

/** Shows an expired conversation as one without messages or unread counts. */
export function withoutExpired(conversation: Conversation, now: Date): Conversation {
  if (!hasConversationExpired(conversation, now)) return conversation;
  return {
    ...conversation,
    messageCount: 0,
    latest: undefined,
    participants: conversation.participants.map((one) => ({ ...one, unreadCount: 0 })),
  };
}

/** Makes a participant that has read everything. */
export function newParticipant(
  id: string,
  user: { readonly id: string; readonly externalId?: string | undefined },
  clients: readonly ClientAssociation[],
): Participant {
  return { id, userId: user.id, userExternalId: user.externalId, unreadCount: 0, clientAssociations: clients };
}

export function participantOf(conversation: Conversation, userId: string): Participant | undefined {
  return conversation.participants.find((participant) => participant.userId === userId);
}

/**
 * Joins the clients of two participants who become one, most recent first. A client that was merged into another gets
 * the other's id.
 */
export function joinAssociations(
  kept: Participant | undefined,
  leaving: Participant | undefined,
  clientName: (clientId: string) => string,
): readonly ClientAssociation[] {
  const all = [...(kept?.clientAssociations ?? []), ...(leaving?.clientAssociations ?? [])].map((one) => ({
    ...one,
    clientId: clientName(one.clientId),
  }));
  return all.filter((one, index) => all.findIndex((other) => other.clientId === one.clientId) === index);
}

/** Adds a client to a participant's: as the primary one, or after the others. */
export function withAssociation(
  current: readonly ClientAssociation[],
  added: ClientAssociation,
  primary: boolean,
): readonly ClientAssociation[] {
  if (!primary) return current.some((one) => one.clientId === added.clientId) ? current : [...current, added];
  return [added, ...current.filter((one) => one.clientId !== added.clientId)];
}
