import { deleteAttachment } from "../lib/conversations/attachments.ts";
import { appOperation } from "../lib/http/rest.ts";
import { object, text } from "../lib/http/schemas/schemas.ts";
import { apiError } from "../lib/model/apiError.ts";
import { attachmentAt } from "../lib/model/files/attachment.ts";
import { restRuntime } from "../lib/runtime.ts";

export const body = object({ mediaUrl: text(1, 8192) });

export const handler = appOperation("deleteAttachment", body, restRuntime, async ({ app, body, request }, runtime) => {
  const named = attachmentAt(body.mediaUrl, runtime.publicUrl(request));
  if (named === undefined)
    throw apiError.badRequest(`Unsupported media URL for attachment deletion: ${body.mediaUrl.slice(0, 512)}`);
  const isDeleted = named.appId === app.id && (await deleteAttachment(runtime, app.id, named.id));
  if (!isDeleted) throw apiError.notFound("Attachment not found");
  return { status: 200, body: {} };
});
