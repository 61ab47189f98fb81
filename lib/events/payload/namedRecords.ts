import { readConversationNotes, readConversationRecord } from "../../db/items/conversationItem.ts";
import { readAddressRecord } from "../../db/items/userItem.ts";
import { conversationKey, type Key, userKey } from "../../db/keys.ts";
import { getItems } from "../../db/readItems.ts";
import type { Runtime } from "../../db/runtime.ts";
import type { Conversation } from "../../model/conversation.ts";
import type { AppEvent, ConversationOrigin, EventDetail } from "../../model/events/event.ts";
import type { User } from "../../model/user.ts";
import { isAccepted } from "../messageEvents.ts";

/** The users and conversations that events name, as they stand in the table when the events are published. */
export interface NamedRecords {
  /** Finds a user by its own id: none for one that was deleted, or merged into another, since. */
  readonly user: (appId: string, userId: string) => User | undefined;
  /** Finds a conversation, or the last that the events themselves tell of one that is gone since. */
  readonly conversation: (appId: string, conversationId: string) => NamedConversation | undefined;
}

/** The named records as they were read for a batch of events. */
export interface ReadRecords extends NamedRecords {
  /** Tells whether an event may be told: a message that its conversation refuses may not. */
  readonly accepts: (event: AppEvent) => boolean;
}

export type NamedConversation =
  | { readonly kind: "open"; readonly conversation: Conversation; readonly origin: ConversationOrigin }
  | { readonly kind: "gone"; readonly conversation: Conversation }
  /** It was merged into another, whose name no event tells but `user:merge`. */
  | { readonly kind: "merged"; readonly into: string };

/** Keys of one call. */
const batchSize = 100;

/**
 * Reads the users and conversations that events name, each once.
 * @param all the events of the batch, also those that nothing is published of: they tell of conversations that are gone
 */
export async function readNamedRecords(
  { db }: Pick<Runtime, "db">,
  events: readonly AppEvent[],
  all: readonly AppEvent[],
): Promise<ReadRecords> {
  const keys = [...new Map(events.flatMap(keysOf).map((key) => [nameOf(key), key])).values()];
  const batches = Array.from({ length: Math.ceil(keys.length / batchSize) }, (_, index) =>
    getItems(db, keys.slice(index * batchSize, (index + 1) * batchSize)),
  );
  const items = (await Promise.all(batches)).flat();
  const read = new Map(keys.map((key, index) => [nameOf(key), items[index]]));
  const told = new Map(all.flatMap(({ detail }) => ("conversation" in detail ? [toldOf(detail.conversation)] : [])));
  return {
    user: (appId, userId) => {
      const item = read.get(nameOf(userKey(appId, userId)));
      const record = item && readAddressRecord(item);
      return record?.kind === "user" ? record.user : undefined;
    },
    conversation: (appId, conversationId) => {
      const name = nameOf(conversationKey(appId, conversationId));
      const item = read.get(name);
      const record = readConversationRecord(item);
      if (item !== undefined && record?.kind === "open")
        return { kind: "open", conversation: record.conversation, origin: readConversationNotes(item).origin };
      const conversation = told.get(name);
      if (conversation !== undefined) return { kind: "gone", conversation };
      return record?.kind === "merged" ? record : undefined;
    },
    accepts: (event) => isAccepted(event, read.get(nameOf(conversationKey(event.appId, event.conversationId ?? "")))),
  };
}

const nameOf = ({ pk }: Key): string => pk;

const toldOf = (conversation: Conversation): [name: string, Conversation] => [
  nameOf(conversationKey(conversation.appId, conversation.id)),
  conversation,
];

/** Lists the keys of what an event names and does not hold itself. */
function keysOf(event: AppEvent): readonly Key[] {
  const { appId, conversationId, detail } = event;
  const users = userIdsIn(event).map((userId) => userKey(appId, userId));
  const conversations = [...conversationIdsIn(detail), ...("conversation" in detail ? [] : [conversationId])];
  return [...users, ...conversations.flatMap((id) => (id === undefined ? [] : [conversationKey(appId, id)]))];
}

/** Lists the users of whom an event holds no more than the id. */
function userIdsIn({ userId, detail }: AppEvent): readonly string[] {
  switch (detail.type) {
    case "conversation:message:delivery:channel":
    case "conversation:message:delivery:failure":
    case "conversation:message:delivery:user":
      return userId === undefined ? [] : [userId];
    case "conversation:message":
      return detail.message.author.userId === undefined ? [] : [detail.message.author.userId];
    case "conversation:postback":
      return detail.userId === undefined ? [] : [detail.userId];
    case "conversation:create":
    case "conversation:referral":
      return detail.conversation.type === "personal"
        ? detail.conversation.participants.map(({ userId }) => userId)
        : [];
    case "conversation:read":
    case "conversation:join":
    case "conversation:leave":
      return detail.participant === undefined ? [] : [detail.participant.userId];
    case "user:merge":
      return [detail.merge.survivorId];
    default:
      return [];
  }
}

/** Lists the conversations of which an event holds no more than the id, besides its own. */
function conversationIdsIn(detail: EventDetail): readonly (string | undefined)[] {
  if ("client" in detail) return [detail.client.conversationId];
  return detail.type === "user:merge" ? [detail.merge.conversations?.surviving] : [];
}
