import type { App } from "../../model/app.ts";
import type { Message } from "../../model/message.ts";
import { now } from "../../model/sources/clock.ts";
import type { Item } from "../db.ts";
import { and, missing, present } from "../expression.ts";
import { messageKey } from "../keys.ts";

/** A counter that keeps messages of one process in order when they were received in one millisecond. */
let sequence = 0;

/** Orders a message in its conversation: by the time it was received, then by arrival. */
const orderOf = (message: Message): string => {
  sequence = (sequence + 1) % 1_000_000;
  return `${message.received}#${String(sequence).padStart(6, "0")}#${message.id}`;
};

/** Writes the author, the content, the source and the quoted message of a message as JSON texts. */
export const bodyOf = ({ author, content, source, quotedMessage }: Message) => ({
  author: JSON.stringify(author),
  content: JSON.stringify(content),
  source: JSON.stringify(source),
  quoted: quotedMessage === undefined ? undefined : JSON.stringify(quotedMessage),
});

/** Records that a form was answered, once: a form that was answered, or deleted, refuses it. */
export const submission = () => ({ set: { submitted: true }, condition: and(present, missing("submitted")) });

export const messageItem = (app: App, conversationId: string, message: Message): Item => ({
  ...messageKey(app.id, conversationId, message.id),
  order: orderOf(message),
  id: message.id,
  received: message.received,
  ...bodyOf(message),
  metadata: message.metadata === undefined ? undefined : JSON.stringify(message.metadata),
  expiresAt: expiryOf(app, message),
  press: message.press === undefined ? undefined : JSON.stringify(message.press),
  sending: message.sending === undefined ? undefined : JSON.stringify(message.sending),
  media: message.media === undefined ? undefined : JSON.stringify(message.media),
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
  items.filter((item) => !hasExpired(item, now().getTime()));

export const readMessage = (item: Item): Message => ({
  id: item.id,
  received: item.received,
  author: JSON.parse(item.author),
  content: item.submitted === true ? { ...JSON.parse(item.content), submitted: true } : JSON.parse(item.content),
  source: JSON.parse(item.source),
  metadata: item.metadata === undefined ? undefined : JSON.parse(item.metadata),
  quotedMessage: item.quoted === undefined ? undefined : JSON.parse(item.quoted),
  press: item.press === undefined ? undefined : JSON.parse(item.press),
  sending: item.sending === undefined ? undefined : JSON.parse(item.sending),
  media: item.media === undefined ? undefined : JSON.parse(item.media),
  raw: item.raw === undefined ? undefined : JSON.parse(item.raw),
});
