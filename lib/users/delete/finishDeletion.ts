import { uncount } from "../../conversations/messageLedger.ts";
import { moveMergedMessages } from "../../conversations/moveMergedMessages.ts";
import { deleteSentTo } from "../../conversations/sentMessages.ts";
import type { Item } from "../../db/db.ts";
import { deleteShownAttachments } from "../../db/deleteAttachments.ts";
import { deleteMessagesIn } from "../../db/deleteMessagesIn.ts";
import { present } from "../../db/expression.ts";
import { readConversationRecord, removeParticipant } from "../../db/items/conversationItem.ts";
import { type Deletion, readDeletion } from "../../db/items/deletionItem.ts";
import { unexpired } from "../../db/items/messageItem.ts";
import type { AddressRecord } from "../../db/items/userItem.ts";
import {
  conversationEntryKey,
  conversationEntryPrefix,
  conversationKey,
  deletionKey,
  messagePrefix,
  userKey,
} from "../../db/keys.ts";
import { pagesOf } from "../../db/pagesOf.ts";
import { getItem, queryItems } from "../../db/readItems.ts";
import { type Conflict, conflict, retryOnConflict } from "../../db/retryOnConflict.ts";
import type { Runtime } from "../../db/runtime.ts";
import { transact, transactionLimit } from "../../db/transact.ts";
import { deleteItem, updateItem } from "../../db/writeItems.ts";
import { releaseIdentityNow } from "./releaseIdentity.ts";

type Deleting = Pick<Runtime, "db">;

/** Continues an interrupted deletion of a user. Tells whether there was any work left. */
export async function resumeDeletion(runtime: Deleting, appId: string, userId: string): Promise<boolean> {
  const item = await getItem(runtime.db, deletionKey(appId, userId));
  if (item !== undefined) await finishDeletion(runtime, readDeletion(appId, userId, item));
  return item !== undefined;
}

/** Continues the deletion of the user that had an address, before the vacancy that names it is overwritten. */
export async function resumeDeletionAt(
  runtime: Deleting,
  appId: string,
  record: AddressRecord | undefined,
): Promise<void> {
  if (record?.kind === "vacancy" && record.of !== undefined) await resumeDeletion(runtime, appId, record.of);
}

/**
 * Does the remaining work of a user's deletion: on unbounded data, which belongs to no user any more. May be
 * interrupted anywhere and called again by any request, also concurrently: the work is recorded until it is done.
 */
export async function finishDeletion(runtime: Deleting, deletion: Deletion): Promise<void> {
  const { appId, userId, addresses, conversationId, hasMoreConversations } = deletion;
  for (const address of addresses) await releaseIdentityNow(runtime, appId, address, userId);
  if (conversationId !== undefined) await deleteMessagesIn(runtime.db, conversationKey(appId, conversationId).pk);
  if (hasMoreConversations) await leaveAllConversations(runtime, deletion);
  await deleteItem(runtime.db, deletionKey(appId, userId));
}

/**
 * Leaves all conversations that the entries in the user's partition list; each entry is deleted when its conversation
 * is done.
 */
async function leaveAllConversations(runtime: Deleting, deletion: Deletion): Promise<void> {
  const { appId, userId } = deletion;
  for (;;) {
    const { items } = await queryItems(runtime.db, {
      partition: userKey(appId, userId).pk,
      prefix: conversationEntryPrefix,
      limit: 25,
    });
    if (items.length === 0) return;
    for (const { id } of items) {
      await leaveConversation(runtime, deletion, id);
      await deleteItem(runtime.db, conversationEntryKey(appId, userId, id));
    }
  }
}

/** Deletes a personal conversation, or removes the user and its messages from a group. */
async function leaveConversation(runtime: Deleting, deletion: Deletion, conversationId: string): Promise<void> {
  const { appId, userId, formerIds = [] } = deletion;
  const key = conversationKey(appId, conversationId);
  const left = await retryOnConflict(async () => {
    const item = await getItem(runtime.db, key);
    if (item?.type !== "sdkGroup") return item ?? "no conversation";
    const { update, condition, ...changes } = removeParticipant(appId, userId, conversationId);
    await updateItem(runtime.db, update, changes, condition);
    const ids = new Set([userId, ...formerIds]);
    await deleteSentTo(runtime.db, key.pk, ids);
    const deleted = await deleteMessagesOf(runtime, item, ids);
    return deleted === conflict ? conflict : "left";
  });
  if (left === "left") return;
  const record = left === "no conversation" ? undefined : readConversationRecord(left);
  // The remaining messages of a merged conversation are moved by the one into which it was merged.
  if (record !== undefined && record.kind !== "open") return;
  if (record !== undefined) {
    await moveMergedMessages(runtime, record.conversation);
    await deleteItem(runtime.db, key);
  }
  await deleteMessagesIn(runtime.db, key.pk);
}

/** Number of messages that one transaction deletes, beside the operation that counts them. */
const deletedAtOnce = transactionLimit - 1;

/**
 * Deletes a user's messages in a group, also those of users that were merged into it. Reads all messages there, since
 * nothing lists those of one user. Answers `conflict` if another request deleted messages, or the conversation,
 * meanwhile.
 */
async function deleteMessagesOf(
  { db }: Deleting,
  conversation: Item,
  authorIds: ReadonlySet<unknown>,
): Promise<"deleted" | Conflict> {
  const key = { pk: conversation.pk, sk: conversation.sk };
  for await (const items of pagesOf(db, { partition: key.pk, prefix: messagePrefix, limit: 1_000 })) {
    const own = items.filter((message) => authorIds.has(JSON.parse(message.author).userId));
    await deleteShownAttachments(db, own);
    for (let start = 0; start < own.length; start += deletedAtOnce) {
      const part = own.slice(start, start + deletedAtOnce);
      const written = await transact(db, {
        messages: part.map((message) => ({ delete: { pk: key.pk, sk: message.sk as string }, condition: present })),
        conversation: uncount(key, conversation, unexpired(part)),
      });
      if (!written.done) return conflict;
    }
  }
  return "deleted";
}
