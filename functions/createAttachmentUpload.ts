import { addAttachment } from "../lib/conversations/attachments.ts";
import { appOperation } from "../lib/http/rest.ts";
import { readUploadQuery } from "../lib/http/schemas/attachmentSchemas.ts";
import { object, text } from "../lib/http/schemas/schemas.ts";
import { fileLimit, fileNameOf, mediaTypeOf, mediaUrlOf, objectKeyOf } from "../lib/model/files/attachment.ts";
import { newSecret } from "../lib/model/id.ts";
import { fileRuntime, restRuntime } from "../lib/runtime.ts";

export const body = object({ name: text(1, 1024), mediaType: text(1, 128) });

/** Milliseconds for which a form may be sent. */
const formMilliseconds = 15 * 60_000;

/**
 * Records an attachment and answers the form by which its file is uploaded: on AWS a policy of the bucket's, which lets
 * in a file of the type and size alone; elsewhere the form leads to `getAttachment`.
 */
export const handler = appOperation("createAttachmentUpload", body, restRuntime, async (call) => {
  const { app, body, query, request, now } = call;
  const name = fileNameOf(body.name);
  const mediaType = mediaTypeOf(body.mediaType, name);
  const until = new Date(now.getTime() + formMilliseconds);
  const upload = { token: newSecret(), until: until.toISOString() };
  const attachment = await addAttachment(fileRuntime, app, { ...readUploadQuery(query), name, mediaType, upload });
  const publicUrl = restRuntime.publicUrl(request);
  const form = fileRuntime.store.uploadForm(objectKeyOf(attachment), { mediaType, bytes: fileLimit, until }) ?? {
    url: `${publicUrl}/attachments/${app.id}/${attachment.id}`,
    fields: { "Content-Type": mediaType, token: upload.token },
  };
  return {
    status: 201,
    body: {
      attachment: { mediaUrl: mediaUrlOf(publicUrl, attachment), mediaType },
      upload: { ...form, expiresAt: upload.until, maxSize: fileLimit },
    },
  };
});
