import { hash, timingSafeEqual } from "node:crypto";
import { confirmStored, findAttachment, useUpload } from "../lib/conversations/attachments.ts";
import { findConversationOf } from "../lib/conversations/findConversation.ts";
import { identifyReader } from "../lib/http/attachmentReader.ts";
import { type Answer, pipeline } from "../lib/http/pipeline.ts";
import type { HttpRequest } from "../lib/http/request.ts";
import { readUploadedFile } from "../lib/http/uploadedFile.ts";
import { apiError } from "../lib/model/apiError.ts";
import { type Attachment, objectKeyOf, servedAs } from "../lib/model/files/attachment.ts";
import { partOf } from "../lib/model/files/filePart.ts";
import { fileRuntime, sdkRuntime } from "../lib/runtime.ts";

/**
 * Answers the file of an attachment: on AWS by a link to the bucket that is valid for minutes, elsewhere by its bytes,
 * or the part of them that is asked for.
 * POST takes the file by the form of `createAttachmentUpload`, where there is no bucket that takes it.
 */
export const handler = pipeline("getAttachment", "rest", sdkRuntime, async (request) => {
  const { appId = "", attachmentId = "" } = request.params;
  const attachment = (await sdkRuntime.findApp(appId)) && (await findAttachment(fileRuntime, appId, attachmentId));
  if (!attachment || attachment.isAwaited) throw apiError.notFound("Attachment not found");
  return request.method === "POST" ? receive(request, attachment) : handOut(request, attachment);
});

/** Headers of every answer: nothing is kept by caches, and no browser runs what a file holds. */
const safe = {
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  "content-security-policy": "default-src 'none'; sandbox",
} as const;

async function handOut(request: HttpRequest, attachment: Attachment): Promise<Answer> {
  if (attachment.access === "private") await requireReader(request, attachment);
  const serving = servedAs(attachment);
  const method = request.method === "HEAD" ? "HEAD" : "GET";
  const file = await fileRuntime.store.read(objectKeyOf(attachment), serving, method);
  if (file === undefined) throw apiError.notFound("Attachment not found");
  if ("link" in file) return { status: 302, text: "", headers: { ...safe, location: file.link } };
  const headers = { ...safe, "content-type": serving.type, "content-disposition": serving.disposition };
  const part = partOf(file.bytes, request.headers.range, request.headers["if-range"]);
  return { status: part.status, bytes: part.bytes, headers: { ...headers, ...part.headers } };
}

/**
 * Admits a key of the app, and a user of the conversation that the attachment names.
 * @throws ApiError if the request is of neither
 */
async function requireReader(request: HttpRequest, { appId, conversationId }: Attachment): Promise<void> {
  const app = await sdkRuntime.findApp(appId);
  if (!app) throw apiError.appNotFound();
  const reader = await identifyReader(request, app, sdkRuntime);
  if (reader.kind === "user") await findConversationOf(sdkRuntime, reader.person.user, conversationId);
}

async function receive(request: HttpRequest, attachment: Attachment): Promise<Answer> {
  const { store } = fileRuntime;
  const { content, fields } = readUploadedFile(request, "file", store.formLimit);
  const { upload, mediaType } = attachment;
  const isAllowed =
    upload !== undefined &&
    upload.until > fileRuntime.now().toISOString() &&
    isEqual(fields.get("token") ?? "", upload.token) &&
    fields.get("Content-Type") === mediaType;
  if (!isAllowed || !(await useUpload(fileRuntime, attachment)))
    throw apiError.forbidden("The form does not allow this upload, or no longer");
  await store.put(objectKeyOf(attachment), content, mediaType);
  await confirmStored(fileRuntime, attachment);
  return { status: 204, text: "" };
}

/** Compares two secrets in a time that does not depend on the place of a difference. */
function isEqual(given: string, expected: string): boolean {
  const digest = (secret: string) => hash("sha256", secret, "buffer");
  return timingSafeEqual(digest(given), digest(expected));
}
