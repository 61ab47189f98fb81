import type { App } from "../domain/app.ts";
import type { Message } from "../domain/message.ts";
import { messageKey } from "./keys.ts";
import type { Item } from "./table.ts";

/** Messages of one process that were received in one millisecond keep the order in which they came. */
let sequence = 0;

/** Where a message stands in its conversation: by the time it was received, then by its turn. */
const orderOf = (message: Message): string => {
  sequence = (sequence + 1) % 1_000_000;
  return `${message.received}#${String(sequence).padStart(6, "0")}#${message.id}`;
};

/** Who said what where, as it is kept. */
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
 * When DynamoDB deletes a message of an app with `conversationRetentionSeconds`, in seconds since 1970. The vendor counts
 * from a conversation's last activity; here each message is kept for that long, which a message can carry by itself.
 */
function expiryOf(app: App, message: Message): number | undefined {
  const seconds = app.settings.conversationRetentionSeconds;
  return seconds ? Math.floor(Date.parse(message.received) / 1000) + seconds : undefined;
}

/** Whether a message's time is up: DynamoDB deletes it some time after that. */
const hasExpired = (item: Item, now: number): boolean => item.expiresAt !== undefined && item.expiresAt * 1000 <= now;

/** The messages whose time is not up: a conversation that lapsed since counts no others. */
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
