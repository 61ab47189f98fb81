import type { Attachment } from "../../model/files/attachment.ts";
import type { Item } from "../db.ts";
import { attachmentEntryKey, attachmentKey } from "../keys.ts";

/** Writes an attachment as an item; when it is removed from the table, the stream's reader deletes the file. */
export const attachmentItem = ({ appId, id, ...attachment }: Attachment, expiresAt: number | undefined): Item => ({
  ...attachmentKey(appId, id),
  ...attachment,
  expiresAt,
});

/** Reads an attachment's item. */
export const readAttachment = (appId: string, id: string, item: Item): Attachment => ({
  id,
  appId,
  name: item.name,
  mediaType: item.mediaType,
  access: item.access,
  forMessage: item.forMessage,
  conversationId: item.conversationId,
  createdAt: item.createdAt,
  isAwaited: item.isAwaited,
  fileId: item.fileId,
  upload: item.upload,
});

/**
 * Lists an attachment beside its conversation, so that it moves with it where it is merged, and is deleted with it,
 * shown or not, unless it is for no message.
 */
export const attachmentEntry = (
  { appId, id, forMessage }: Attachment,
  conversationId: string,
  expiresAt: number | undefined,
): Item => ({
  ...attachmentEntryKey(appId, conversationId, id),
  id,
  isKept: forMessage ? undefined : true,
  expiresAt,
});
