import type { Item } from "../db/db.ts";
import { deleteShownAttachments } from "../db/deleteAttachments.ts";
import { and, type Condition, compare, missing, or, present } from "../db/expression.ts";
import { isOpenItem } from "../db/items/conversationItem.ts";
import { unexpired } from "../db/items/messageItem.ts";
import { conversationKey, type Key, messageKey, messagePrefix } from "../db/keys.ts";
import { getItem, queryItems } from "../db/readItems.ts";
import { conflict, retryOnConflict } from "../db/retryOnConflict.ts";
import type { Runtime } from "../db/runtime.ts";
import { transact, transactionLimit } from "../db/transact.ts";
import type { Conversation } from "../model/conversation.ts";
import { uncount } from "./messageLedger.ts";
import { deleteSentOf } from "./sentMessages.ts";

/** Number of messages that one transaction deletes, beside the operation that counts them. */
const deletedAtOnce = transactionLimit - 1;

/** Deletes one message, its attachments and what became of it on channels. Answers `false` if the conversation has none of this id. */
export async function deleteMessage(
  { db, now }: Pick<Runtime, "db" | "now">,
  conversation: Conversation,
  messageId: string,
): Promise<boolean> {
  const key = conversationKey(conversation.appId, conversation.id);
  const message = messageKey(conversation.appId, conversation.id, messageId);
  const shown = await getItem(db, message);
  const known = shown === undefined ? [] : [shown];
  await deleteShownAttachments(db, known);
  await deleteSentOf(db, known);
  const alive = and(present, or(missing("expiresAt"), compare("expiresAt", ">", Math.floor(now().getTime() / 1000))));
  const written = await transact(db, {
    message: { delete: message, condition: and(alive, missing("nonce")) },
    conversation: uncount(key, undefined, [{}]),
  });
  if (written.done) return true;
  const stored = written.failed.message?.existing;
  return stored?.nonce === undefined ? false : deleteChannelMessage({ db }, key, { item: stored, alive });
}

/** Deletes a channel's message, which may be counted in its conversation or not. */
const deleteChannelMessage = (
  { db }: Pick<Runtime, "db">,
  key: Key,
  { item, alive }: { readonly item: Item; readonly alive: Condition },
): Promise<boolean> =>
  retryOnConflict(async () => {
    const written = await transact(db, {
      message: { delete: { pk: item.pk, sk: item.sk }, condition: alive },
      conversation: uncount(key, await getItem(db, key), [item]),
    });
    if (written.done) return true;
    const { message, conversation } = written.failed;
    // The message was counted meanwhile, or had been counted when it was read and is not any more.
    return !message && conversation && isOpenItem(conversation.existing) ? conflict : false;
  });

/**
 * Deletes all messages of a conversation with their attachments, and counts them down in the same transactions: a repeated call continues one
 * that was interrupted.
 */
export async function deleteAllMessages({ db }: Pick<Runtime, "db">, conversation: Conversation): Promise<void> {
  const key = conversationKey(conversation.appId, conversation.id);
  let stored = await getItem(db, key);
  for (;;) {
    const { items } = await queryItems(db, { partition: key.pk, prefix: messagePrefix, limit: deletedAtOnce });
    if (items.length === 0) return;
    await deleteShownAttachments(db, items);
    await deleteSentOf(db, items);
    const written = await transact(db, {
      // Expired messages are not counted any more if the conversation was counted anew since.
      conversation: uncount(key, stored, unexpired(items)),
      // A message that another request deleted meanwhile was counted down by that request.
      messages: items.map((item) => ({ delete: { pk: key.pk, sk: item.sk as string }, condition: present })),
    });
    if (written.done || !written.failed.conversation) continue;
    stored = written.failed.conversation.existing;
    if (!isOpenItem(stored)) return;
  }
}
