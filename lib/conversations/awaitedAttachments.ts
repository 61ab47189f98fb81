import { absent, and, equals, exists, or, present } from "../db/expression.ts";
import { attachmentEntry, attachmentItem } from "../db/items/attachmentItem.ts";
import { attachmentEntryKey, attachmentKey, messageKey } from "../db/keys.ts";
import { getItem } from "../db/readItems.ts";
import type { Runtime } from "../db/runtime.ts";
import { transact } from "../db/transact.ts";
import { deleteItem, updateItem } from "../db/writeItems.ts";
import type { Attachment } from "../model/files/attachment.ts";
import { isStillThere } from "./attachments.ts";

type Storing = Pick<Runtime, "db" | "now">;

/** An attachment of a message in a conversation, whose file is fetched from a channel. */
export type AwaitedAttachment = Attachment & { readonly conversationId: string; readonly fileId: string };

/** The attachment still waits for its file. */
const isAwaiting = exists("isAwaited");

/**
 * Records the attachment of a message before its file is stored, so that no file is ever stored that a deletion would
 * not find, and nobody finds the attachment until then.
 * @param expiresAt the end of the message, in seconds since 1970, if it has one
 * @returns `false` if the file is there already, or another attempt is at work
 */
export async function awaitAttachment(
  { db }: Storing,
  attachment: AwaitedAttachment,
  expiresAt: number | undefined,
): Promise<boolean> {
  const { done } = await transact(db, {
    attachment: {
      put: attachmentItem({ ...attachment, isAwaited: true }, expiresAt),
      condition: or(absent, and(isAwaiting, equals("fileId", attachment.fileId))),
    },
    entry: { put: attachmentEntry(attachment, attachment.conversationId, expiresAt) },
  });
  return done;
}

/**
 * Shows an attachment once its file is stored, unless it or its message was deleted meanwhile: then the file is deleted.
 * @returns `false` if it was
 */
export async function showAwaited(
  runtime: Storing,
  attachment: AwaitedAttachment,
  messageId: string,
): Promise<boolean> {
  const { db } = runtime;
  const { appId, id, conversationId } = attachment;
  const shown = await updateItem(db, attachmentKey(appId, id), { set: { isAwaited: undefined } }, isAwaiting);
  // An attachment that is gone is recorded once more and deleted, so that the stream tells of it after its file.
  if (!shown.done) return isStillThere(runtime, attachment);
  if (await getItem(db, messageKey(appId, conversationId, messageId))) return true;
  // A message that was moved has a task of its own, where it is now; an attachment that moved along stays.
  return !(await forgetAttachmentOf(runtime, attachment));
}

/**
 * Deletes the attachment of a message that is gone from its conversation; one that moved to another with the message
 * stays. Its file follows by the table's stream.
 * @returns whether there was one
 */
export async function forgetAttachmentOf(
  { db }: Storing,
  { appId, id, conversationId }: Pick<AwaitedAttachment, "appId" | "id" | "conversationId">,
): Promise<boolean> {
  const { done } = await deleteItem(
    db,
    attachmentKey(appId, id),
    and(present, equals("conversationId", conversationId)),
  );
  if (done) await deleteItem(db, attachmentEntryKey(appId, conversationId, id));
  return done;
}
