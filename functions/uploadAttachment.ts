import { addAttachment, confirmStored, deleteAttachment } from "../lib/conversations/attachments.ts";
import { appOperation } from "../lib/http/rest.ts";
import { readUploadQuery } from "../lib/http/schemas/attachmentSchemas.ts";
import { readUploadedFile } from "../lib/http/uploadedFile.ts";
import { mediaUrlOf, objectKeyOf } from "../lib/model/files/attachment.ts";
import { fileRuntime, restRuntime } from "../lib/runtime.ts";

export const handler = appOperation("uploadAttachment", undefined, restRuntime, async ({ app, request, query }) => {
  const asked = readUploadQuery(query);
  const { store } = fileRuntime;
  const { name, mediaType, content } = readUploadedFile(request, "source", store.formLimit);
  const attachment = await addAttachment(fileRuntime, app, { ...asked, name, mediaType });
  try {
    await store.put(objectKeyOf(attachment), content, mediaType);
  } catch (error) {
    await deleteAttachment(fileRuntime, app.id, attachment.id);
    throw error;
  }
  await confirmStored(fileRuntime, attachment);
  const mediaUrl = mediaUrlOf(restRuntime.publicUrl(request), attachment);
  return { status: 201, body: { attachment: { mediaUrl, mediaType } } };
});
