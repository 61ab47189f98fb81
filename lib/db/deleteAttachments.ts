import { attachmentIdsIn } from "../model/files/attachment.ts";
import type { Db, Item } from "./db.ts";
import { and, equals, missing, or } from "./expression.ts";
import { attachmentEntryKey, attachmentKey, namesInConversationKey } from "./keys.ts";
import { deleteItem, deleteItems } from "./writeItems.ts";

/** Number of attachments that are deleted in parallel. */
const atOnce = 25;

/**
 * Deletes the attachments that messages show and that belong to a message, before the messages: a call that was
 * interrupted finds them again. One of another conversation stays, whoever shows its URL here. The files follow by the
 * table's stream.
 */
export async function deleteShownAttachments(db: Db, messages: readonly Item[]): Promise<void> {
  const places = messages.flatMap(({ pk, content }) => {
    const { appId, id: conversationId } = namesInConversationKey(pk);
    return attachmentIdsIn(appId, String(content)).map((id) => ({ appId, conversationId, id }));
  });
  for (let start = 0; start < places.length; start += atOnce)
    await Promise.all(places.slice(start, start + atOnce).map((place) => deleteOfConversation(db, place)));
}

async function deleteOfConversation(
  db: Db,
  { appId, conversationId, id }: { readonly appId: string; readonly conversationId: string; readonly id: string },
): Promise<void> {
  const ofHere = or(missing("conversationId"), equals("conversationId", conversationId));
  const { done } = await deleteItem(db, attachmentKey(appId, id), and(equals("forMessage", true), ofHere));
  if (done) await deleteItem(db, attachmentEntryKey(appId, conversationId, id));
}

/**
 * Deletes the attachments that a conversation lists, shown by a message or not, for one that no request can find any
 * more; those for no message stay. The list itself is left, so that a call that was interrupted finds it again.
 */
export const deleteListedAttachments = (db: Db, entries: readonly Item[]): Promise<void> =>
  deleteItems(
    db,
    entries
      .filter(({ isKept }) => isKept !== true)
      .map(({ pk, id }) => attachmentKey(namesInConversationKey(pk).appId, id)),
  );
