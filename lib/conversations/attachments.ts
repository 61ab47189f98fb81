import { absent, exists, present } from "../db/expression.ts";
import { attachmentEntry, attachmentItem, readAttachment } from "../db/items/attachmentItem.ts";
import { attachmentEntryKey, attachmentKey } from "../db/keys.ts";
import { getItem } from "../db/readItems.ts";
import type { Runtime } from "../db/runtime.ts";
import { transact } from "../db/transact.ts";
import { deleteItem, putItem, updateItem } from "../db/writeItems.ts";
import { apiError } from "../model/apiError.ts";
import type { App } from "../model/app.ts";
import { type Attachment, attachmentIdPattern, newAttachmentId } from "../model/files/attachment.ts";
import { findOpenConversation } from "./findConversation.ts";

/** The attachment is still waiting for its file. */
const hasUpload = exists("upload");

type Storing = Pick<Runtime, "db" | "now">;

/**
 * Records a new attachment before its file is stored, so that no file is ever stored that a deletion would not find.
 * @throws ApiError `conversation_not_found` if it names no conversation of the app
 */
export async function addAttachment(
  runtime: Storing,
  app: App,
  described: Omit<Attachment, "id" | "appId" | "createdAt">,
): Promise<Attachment> {
  const { db, now } = runtime;
  const { conversationId, forMessage } = described;
  if (conversationId !== undefined && !(await findOpenConversation(runtime, app.id, conversationId)))
    throw apiError.conversationNotFound();
  const attachment = { ...described, id: newAttachmentId(), appId: app.id, createdAt: now().toISOString() };
  const expiresAt = forMessage ? expiryIn(app, now()) : undefined;
  const item = attachmentItem(attachment, expiresAt);
  if (conversationId === undefined) {
    await putItem(db, item, absent);
    return attachment;
  }
  await transact(db, {
    attachment: { put: item, condition: absent },
    entry: { put: attachmentEntry(attachment, conversationId, expiresAt) },
  });
  // A deletion of the conversation meanwhile either finds the entry, or is found here.
  if (await findOpenConversation(runtime, app.id, conversationId)) return attachment;
  await forget(runtime, attachment);
  throw apiError.conversationNotFound();
}

/** Computes when what belongs to a message expires, in seconds since 1970, in an app that keeps messages for a time. */
function expiryIn({ settings: { conversationRetentionSeconds: seconds } }: App, now: Date): number | undefined {
  return seconds ? Math.floor(now.getTime() / 1000) + seconds : undefined;
}

/** Finds an attachment of an app, unless it has expired. */
export async function findAttachment({ db, now }: Storing, appId: string, id: string): Promise<Attachment | undefined> {
  const item = attachmentIdPattern.test(id) ? await getItem(db, attachmentKey(appId, id)) : undefined;
  if (item === undefined || item.expiresAt * 1000 <= now().getTime()) return undefined;
  return readAttachment(appId, id, item);
}

/**
 * Tells whether an attachment is still there once its file is stored. If it was deleted meanwhile, the file may have
 * come after its own deletion: the item is put once more, as one that has expired, and deleted, so that the stream tells
 * of it again.
 */
export async function isStillThere(runtime: Storing, attachment: Attachment): Promise<boolean> {
  if (await findAttachment(runtime, attachment.appId, attachment.id)) return true;
  await putItem(runtime.db, attachmentItem(attachment, 1));
  await deleteItem(runtime.db, attachmentKey(attachment.appId, attachment.id));
  return false;
}

/**
 * Makes sure that an attachment is still there once its file is stored.
 * @throws ApiError `not_found` if it was deleted meanwhile
 */
export async function confirmStored(runtime: Storing, attachment: Attachment): Promise<void> {
  if (!(await isStillThere(runtime, attachment))) throw apiError.notFound("The attachment was deleted meanwhile");
}

/** Deletes an attachment; its file follows by the table's stream. Answers `false` if there is none. */
export async function deleteAttachment(runtime: Storing, appId: string, id: string): Promise<boolean> {
  const attachment = await findAttachment(runtime, appId, id);
  return attachment === undefined ? false : forget(runtime, attachment);
}

async function forget({ db }: Pick<Runtime, "db">, { appId, id, conversationId }: Attachment): Promise<boolean> {
  const { done } = await deleteItem(db, attachmentKey(appId, id), present);
  if (conversationId !== undefined) await deleteItem(db, attachmentEntryKey(appId, conversationId, id));
  return done;
}

/**
 * Uses the one upload that the form of an attachment allows.
 * @returns `false` if it is used already, or the attachment was deleted
 */
export async function useUpload({ db }: Pick<Runtime, "db">, { appId, id }: Attachment): Promise<boolean> {
  const { done } = await updateItem(db, attachmentKey(appId, id), { set: { upload: undefined } }, hasUpload);
  return done;
}
