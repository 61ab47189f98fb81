import { isCountedApart } from "../conversations/messageLedger.ts";
import type { Item } from "../db/db.ts";
import {
  type ConversationNotes,
  type ConversationRecord,
  readConversationNotes,
  readConversationRecord,
} from "../db/items/conversationItem.ts";
import { readMessage } from "../db/items/messageItem.ts";
import { readSent, type SentMessage } from "../db/items/sentItem.ts";
import { type AddressNotes, type AddressRecord, readAddressNotes, readAddressRecord } from "../db/items/userItem.ts";
import { messagePrefix, namesInConversationKey, namesInUserKey, sentPrefix } from "../db/keys.ts";
import { readStreamRecord, type StreamRecord } from "../db/streamRecord.ts";
import type { Message } from "../model/message.ts";

interface Changed {
  readonly appId: string;
  /** The time of the change, to the second or to the minute. */
  readonly at: string;
}

/** An item of a user's address before or after a change, with what it records of the change. */
export type ChangedAddress = AddressRecord & { readonly notes: AddressNotes };

/** A conversation's item before or after a change, with what it records of the change. */
export type ChangedConversation = ConversationRecord & { readonly notes: ConversationNotes };

export type UserChange = Changed & {
  readonly kind: "user";
  readonly before: ChangedAddress | undefined;
  readonly after: ChangedAddress | undefined;
};

export type ConversationChange = Changed & {
  readonly kind: "conversation";
  readonly before: ChangedConversation | undefined;
  readonly after: ChangedConversation | undefined;
};

/** The first appearance of a message. */
export type MessageChange = Changed & {
  readonly kind: "message";
  readonly conversationId: string;
  readonly message: Message;
  readonly isCountedApart: boolean;
};

/** A change of what became of a message on a channel. */
export type SentChange = Changed & {
  readonly kind: "sent";
  readonly before: SentMessage | undefined;
  readonly after: SentMessage;
};

/** A change of the table that may be an event. */
export type Change = UserChange | ConversationChange | MessageChange | SentChange;

/** Reads the change that a record tells; `undefined` if its item is none of those that make events. */
export function changeOf(record: StreamRecord): Change | undefined {
  const read = readStreamRecord(record);
  if (!read) return undefined;
  const { key, before, after, at } = read;
  if (key.sk === "user") {
    const { appId } = namesInUserKey(key.pk);
    return { kind: "user", appId, at, before: addressOf(before), after: addressOf(after) };
  }
  const { appId, id } = namesInConversationKey(key.pk);
  if (key.sk === "conversation")
    return { kind: "conversation", appId, at, before: conversationOf(before), after: conversationOf(after) };
  if (key.sk.startsWith(sentPrefix)) {
    // A move tells nothing; what is reported after it does.
    if (after === undefined || (after.moved && before === undefined)) return undefined;
    return { kind: "sent", appId, at, before: before && readSent({ ...key, ...before }), after: readSent(after) };
  }
  // Of a message only its birth tells something: neither its clearing or deletion, nor its move to another conversation.
  if (!key.sk.startsWith(messagePrefix) || before !== undefined || after === undefined || after.moved) return undefined;
  const message = readMessage(after);
  return { kind: "message", appId, at, conversationId: id, message, isCountedApart: isCountedApart(after) };
}

const addressOf = (item: Item | undefined): ChangedAddress | undefined =>
  item && { ...readAddressRecord(item), notes: readAddressNotes(item) };

function conversationOf(item: Item | undefined): ChangedConversation | undefined {
  const record = readConversationRecord(item);
  return record && item && { ...record, notes: readConversationNotes(item) };
}
