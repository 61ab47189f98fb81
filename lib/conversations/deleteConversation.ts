import { deleteMessagesIn } from "../db/deleteMessagesIn.ts";
import { and, at, exists, sizeIs } from "../db/expression.ts";
import { deletedConversationItem, isOpen, readConversationRecord } from "../db/items/conversationItem.ts";
import { conversationEntryKey, conversationKey } from "../db/keys.ts";
import { getItem } from "../db/readItems.ts";
import { conflict, retryOnConflict } from "../db/retryOnConflict.ts";
import type { Runtime } from "../db/runtime.ts";
import { transact } from "../db/transact.ts";
import type { Conversation } from "../model/conversation.ts";

/** Seconds for which a deleted conversation is remembered: the request that created it may be repeated that long. */
const rememberedSeconds = 24 * 60 * 60;

/**
 * Deletes a conversation: in one step no request finds it any more, then its messages are deleted. A repeated call
 * continues one that was interrupted. A deleted conversation is remembered for a day, so that a repetition of the
 * request that created it creates no other.
 * @returns `false` if there is none, and there are no messages left of one
 */
export async function deleteConversation(
  { db, now }: Pick<Runtime, "db" | "now">,
  appId: string,
  conversationId: string,
): Promise<boolean> {
  const key = conversationKey(appId, conversationId);
  const outcome = await retryOnConflict(async () => {
    const item = await getItem(db, key);
    const record = readConversationRecord(item);
    if (item === undefined || record?.kind !== "open") return record?.kind ?? "absent";
    const written = await transact(db, {
      conversation: {
        put: deletedConversationItem(key, Math.floor(now().getTime() / 1000) + rememberedSeconds, item),
        condition: isWhole(record.conversation),
      },
      entries: record.conversation.participants.map((one) => ({
        delete: conversationEntryKey(appId, one.userId, conversationId),
      })),
    });
    return written.done ? "deleted now" : conflict;
  });
  // The remaining messages of a merged conversation are moved by the one into which it was merged.
  if (outcome === "merged") return false;
  const hadMessages = await deleteMessagesIn(db, key.pk);
  return outcome === "deleted now" || hadMessages;
}

/**
 * The conversation has the participants that were read, and no other: one that joined meanwhile has an entry to delete
 * as well.
 */
const isWhole = ({ participants }: Conversation) =>
  and(
    isOpen,
    sizeIs("participants", "=", participants.length),
    ...participants.map((one) => exists(at("participants", one.userId))),
  );
