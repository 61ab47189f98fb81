import { absent } from "../db/expression.ts";
import { readConversation } from "../db/items/conversationItem.ts";
import { messageItem, submission } from "../db/items/messageItem.ts";
import { conversationKey, idOfIdempotencyKey, messageKey } from "../db/keys.ts";
import { type Conflict, conflict } from "../db/retryOnConflict.ts";
import type { Runtime } from "../db/runtime.ts";
import { transact } from "../db/transact.ts";
import type { App } from "../model/app.ts";
import { type Conversation, messageLimit, withoutExpired } from "../model/conversation.ts";
import type { Message } from "../model/message.ts";
import { messageEffect } from "./messageEffect.ts";

/**
 * Adds a message to a conversation as it was read, and counts it, in one transaction.
 * @returns `full` at the limit of messages, `exists` if a message has this id already, `answered` if the form that it
 * answers was answered or deleted before, `conflict` if the participants or the conversation changed meanwhile
 */
export async function addMessage(
  { db }: Pick<Runtime, "db">,
  app: App,
  conversation: Conversation,
  message: Message,
): Promise<"added" | "exists" | "full" | "answered" | Conflict> {
  const { content, quotedMessage } = message;
  const form = content.type === "formResponse" && quotedMessage?.type === "message" ? quotedMessage.message : undefined;
  const written = await transact(db, {
    message: { put: messageItem(app, conversation.id, message), condition: absent },
    conversation: {
      update: conversationKey(conversation.appId, conversation.id),
      ...messageEffect(app, conversation, message),
    },
    form: form && { update: messageKey(app.id, conversation.id, form.id), ...submission() },
  });
  if (written.done) return "added";
  if (written.failed.message) return "exists";
  if (written.failed.form && !written.failed.conversation) return "answered";
  const existing = written.failed.conversation?.existing;
  const current = existing && withoutExpired(readConversation(existing), new Date(message.received));
  return current && current.messageCount >= messageLimit ? "full" : conflict;
}

/** Derives the id of the message that a request of a user makes from its idempotency key. */
export const idOfMessageRequest = (app: App, userId: string, key: string): string =>
  idOfIdempotencyKey(app.salt, userId, "message", key);
