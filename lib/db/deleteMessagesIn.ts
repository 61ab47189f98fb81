import type { Db } from "./db.ts";
import { deleteListedAttachments, deleteShownAttachments } from "./deleteAttachments.ts";
import { receiptAddressesOf } from "./items/sentItem.ts";
import { attachmentEntryPrefix, conversationKey, messagePrefix, namesInConversationKey, receiptKey } from "./keys.ts";
import { queryItems } from "./readItems.ts";
import { deleteItems } from "./writeItems.ts";

/** Number of items read at a time. */
const step = 1_000;

/** The sort key of what remains of the conversation itself. */
const { sk: conversationSortKey } = conversationKey("", "");

/**
 * Deletes every message in a partition, its attachments and what became of it on channels, for a conversation that no
 * request can find any more. A repeated call continues one that was interrupted.
 * @returns whether there were any
 */
export async function deleteMessagesIn(db: Db, partition: string): Promise<boolean> {
  const { appId } = namesInConversationKey(partition);
  for (let deleted = false; ; deleted = true) {
    const { items: all } = await queryItems(db, { partition, limit: step });
    const items = all.filter(({ sk }) => sk !== conversationSortKey);
    if (items.length === 0) return deleted;
    const under = (prefix: string) => items.filter(({ sk }) => String(sk).startsWith(prefix));
    await deleteListedAttachments(db, under(attachmentEntryPrefix));
    await deleteShownAttachments(db, under(messagePrefix));
    await deleteItems(
      db,
      items.flatMap(receiptAddressesOf).map((address) => receiptKey(appId, address)),
    );
    await deleteItems(
      db,
      items.map((item) => ({ pk: partition, sk: item.sk })),
    );
  }
}
