import type { AppSettings } from "./app.ts";
import type { Message } from "./message.ts";
import { type Metadata, type MetadataChange, mergeMetadata } from "./metadata.ts";
import { Refusal } from "./refusal.ts";

export interface ClientAssociation {
  readonly type: string;
  readonly clientId: string;
}

/** A user in a conversation. */
export interface Participant {
  readonly id: string;
  readonly userId: string;
  readonly userExternalId?: string | undefined;
  /** Messages of the business, and of others in a group, that the user has not read. */
  readonly unreadCount: number;
  readonly lastRead?: string | undefined;
  /** Most recent client first: the first is the user's primary client here. */
  readonly clientAssociations: readonly ClientAssociation[];
}

export const participantLimit = 10;
export const messageLimit = 30_000;

/** The refusal of a message to a conversation that has as many as it may. */
export const conversationFull = () =>
  new Refusal("locked", `Message limit of ${messageLimit} per conversation reached.`);

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
  /** What was said last, where it is known without looking among the messages. */
  readonly latest?: Message | undefined;
  /** When all that was said here is over, unless more is said: with `conversationRetentionSeconds`. */
  readonly lapsesAt?: string | undefined;
  /** When each channel client last wrote here, by its id. */
  readonly clientsSeen: Readonly<Record<string, string>>;
  /** Conversations whose messages are still moving into this one; whoever meets them moves on. */
  readonly absorbing: readonly string[];
}

export interface ConversationFields {
  readonly displayName?: string | null | undefined;
  readonly description?: string | null | undefined;
  readonly iconUrl?: string | null | undefined;
}

/** A conversation as it begins: nothing said, nothing read. */
export function newConversation(
  appId: string,
  id: string,
  now: Date,
  kind: { readonly type: "personal" | "sdkGroup"; readonly isDefault: boolean },
  participants: readonly Participant[],
  fields: ConversationFields & { readonly metadata?: Metadata | undefined } = {},
): Conversation {
  return {
    id,
    appId,
    ...kind,
    displayName: fields.displayName ?? undefined,
    description: fields.description ?? undefined,
    iconUrl: fields.iconUrl ?? undefined,
    metadata: fields.metadata ?? {},
    participants,
    createdAt: now.toISOString(),
    lastUpdatedAt: now.toISOString(),
    messageCount: 0,
    clientsSeen: {},
    absorbing: [],
  };
}

/** The conversation after a change: `null` clears a field, an absent field stays, metadata merges. */
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

/** When a conversation lapses in which something was said at this time; never without `conversationRetentionSeconds`. */
export function lapseOf({ conversationRetentionSeconds: seconds }: AppSettings, received: string): string | undefined {
  return seconds ? new Date(Date.parse(received) + seconds * 1000).toISOString() : undefined;
}

/** Whether everything said in a conversation is over, though it may stand in the table for a while. */
export const hasLapsed = ({ lapsesAt }: Conversation, now: Date): boolean =>
  lapsesAt !== undefined && lapsesAt <= now.toISOString();

/** The conversation as it is shown: once it has lapsed, nothing is left to count or to read. */
export function withoutLapsed(conversation: Conversation, now: Date): Conversation {
  if (!hasLapsed(conversation, now)) return conversation;
  return {
    ...conversation,
    messageCount: 0,
    latest: undefined,
    participants: conversation.participants.map((one) => ({ ...one, unreadCount: 0 })),
  };
}

/** A user as a participant who has read everything. */
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

/** The clients of two participants who become one, most recent first; a client that was folded into another has its name. */
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

/** A participant's clients with one of them added: as the primary one, or behind those that are there. */
export function withAssociation(
  current: readonly ClientAssociation[],
  added: ClientAssociation,
  primary: boolean,
): readonly ClientAssociation[] {
  if (!primary) return current.some((one) => one.clientId === added.clientId) ? current : [...current, added];
  return [added, ...current.filter((one) => one.clientId !== added.clientId)];
}

/** The conversation as the REST API answers it. */
export function publicConversation(conversation: Conversation): object {
  return {
    id: conversation.id,
    type: conversation.type,
    ...(Object.keys(conversation.metadata).length === 0 ? {} : { metadata: conversation.metadata }),
    isDefault: conversation.isDefault,
    displayName: conversation.displayName,
    description: conversation.description,
    iconUrl: conversation.iconUrl,
    businessLastRead: conversation.businessLastRead,
    lastUpdatedAt: conversation.lastUpdatedAt,
    createdAt: conversation.createdAt,
  };
}

/** The participant as the REST API answers it. */
export function publicParticipant(participant: Participant): object {
  return {
    id: participant.id,
    userId: participant.userId,
    unreadCount: participant.unreadCount,
    clientAssociations: participant.clientAssociations,
    userExternalId: participant.userExternalId,
    lastRead: participant.lastRead,
  };
}
