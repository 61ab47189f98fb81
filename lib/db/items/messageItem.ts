import type { App } from "../../model/app.ts";
import type { Message } from "../../model/message.ts";
import type { Item } from "../db.ts";
import { messageKey } from "../keys.ts";

/** A counter that keeps messages of one process in order when they were received in one millisecond. */
let sequence = 0;

/** Orders a message in its conversation: by the time it was received, then by arrival. */
const orderOf = (message: Message): string => {
  sequence = (sequence + 1) % 1_000_000;
  return `${message.received}#${String(sequence).padStart(6, "0")}#${message.id}`;
};

/** Writes the author, the content and the source of a message as JSON texts. */
export const bodyOf = ({ author, content, source }: Message) => ({
  author: JSON.stringify(author),
  content: JSON.stringify(content),
  source: JSON.stringify(source),
});

export const messageItem = (app: App, conversationId: string, message: Message): Item => ({
  ...messageKey(app.id, conversationId, message.id),
  order: orderOf(message),
  id: message.id,
  received: message.received,
  ...bodyOf(message),
  metadata: message.metadata === undefined ? undefined : JSON.stringify(message.metadata),
  expiresAt: expiryOf(app, message),
  raw: message.raw === undefined ? undefined : JSON.stringify(message.raw),
});

/**
 * Computes when DynamoDB deletes a message of an app with `conversationRetentionSeconds`, in seconds since 1970. The
 * vendor counts from a conversation's last activity; here each message is kept for that long, which a message can hold
 * by itself.
 */
function expiryOf(app: App, message: Message): number | undefined {
  const seconds = app.settings.conversationRetentionSeconds;
  return seconds ? Math.floor(Date.parse(message.received) / 1000) + seconds : undefined;
}

/** Tells whether a message has expired: DynamoDB deletes it some time after that. */
const hasExpired = (item: Item, now: number): boolean => item.expiresAt !== undefined && item.expiresAt * 1000 <= now;

/** Leaves out expired messages: a conversation that expired since counts no others. */
export const unexpired = (items: readonly Item[]): readonly Item[] =>
  items.filter((item) => !hasExpired(item, Date.now()));

export const readMessage = (item: Item): Message => ({
  id: item.id,
  received: item.received,
  author: JSON.parse(item.author),
  content: JSON.parse(item.content),
  source: JSON.parse(item.source),
  metadata: item.metadata === undefined ? undefined : JSON.parse(item.metadata),
  raw: item.raw === undefined ? undefined : JSON.parse(item.raw),
});
