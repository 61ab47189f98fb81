import * as v from "valibot";
import { addMessage, idOfMessageRequest } from "../lib/conversations/addMessage.ts";
import { addAttachment, confirmStored, deleteAttachment } from "../lib/conversations/attachments.ts";
import { authorOf } from "../lib/conversations/author.ts";
import { findConversationOf } from "../lib/conversations/findConversation.ts";
import { findMessage } from "../lib/conversations/listMessages.ts";
import { conflict, retryOnConflict } from "../lib/db/retryOnConflict.ts";
import { wireConversation, wireMessage } from "../lib/http/answers/sdk.ts";
import type { Answer } from "../lib/http/pipeline.ts";
import { metadata, object, text } from "../lib/http/schemas/schemas.ts";
import { nullAsAbsent } from "../lib/http/schemas/sdkSchemas.ts";
import { validate } from "../lib/http/schemas/validate.ts";
import { type PersonCall, personOperation } from "../lib/http/sdk.ts";
import { readUploadedFile, type UploadedFile } from "../lib/http/uploadedFile.ts";
import { apiError } from "../lib/model/apiError.ts";
import { normalizeContent } from "../lib/model/content/contentKinds.ts";
import { type Conversation, conversationFull } from "../lib/model/conversation.ts";
import { type Attachment, attachmentIdsIn, isImage, mediaUrlOf, objectKeyOf } from "../lib/model/files/attachment.ts";
import type { Message } from "../lib/model/message.ts";
import { mergeMetadata } from "../lib/model/metadata.ts";
import { fileRuntime, sdkRuntime } from "../lib/runtime.ts";

/** The form's `message`, whose type and role follow from the file and the sender. */
const described = nullAsAbsent(
  object({ text: v.optional(text(0, 4096)), altText: v.optional(text(0, 128)), metadata: v.optional(metadata) }),
);

type Call = PersonCall<undefined>;

/**
 * Stores the file of a form (`source`, `message` and `author`) and sends it as a message, an image or a file by its
 * type. The author is the one of the credentials.
 */
export const handler = personOperation("sdkUploadFile", undefined, sdkRuntime, async (call, runtime) => {
  const { app, person, params, request } = call;
  const conversationId = params.conversationId ?? person.user.defaultConversationId;
  const conversation = await findConversationOf(runtime, person.user, conversationId);
  const file = readUploadedFile(request, "source", fileRuntime.store.formLimit);
  const about = validate(described, readField(file.fields.get("message")));
  const key = request.headers["idempotency-key"];
  const id = key ? idOfMessageRequest(app, person.user.id, key) : runtime.newId();
  const sent = key ? await findMessage(runtime, conversation, id) : undefined;
  if (sent) return answerOf(call, sent, conversation);
  const attachment = await addAttachment(fileRuntime, app, {
    name: file.name,
    mediaType: file.mediaType,
    access: "public",
    forMessage: true,
    conversationId: conversation.id,
  });
  try {
    await fileRuntime.store.put(objectKeyOf(attachment), file.content, file.mediaType);
    await confirmStored(fileRuntime, attachment);
    const message = messageOf(call, { id, about, file, attachment });
    const sent = await send(call, message, conversation.id);
    // Another request of the same key was first; its file is shown.
    if (sent.message !== message) await deleteAttachment(fileRuntime, app.id, attachment.id);
    return answerOf(call, sent.message, sent.conversation);
  } catch (error) {
    await deleteUnlessSent(call, attachment, { id, conversation });
    throw error;
  }
});

/**
 * Deletes the file of a message that was not sent. A write whose answer was lost may have sent it: then the file stays,
 * and so it does where nobody can tell, until its conversation is deleted.
 */
async function deleteUnlessSent(
  { app }: Call,
  attachment: Attachment,
  { id, conversation }: { readonly id: string; readonly conversation: Conversation },
): Promise<void> {
  const sent = await findMessage(sdkRuntime, conversation, id);
  const isShown = sent !== undefined && attachmentIdsIn(app.id, JSON.stringify(sent.content)).includes(attachment.id);
  if (!isShown) await deleteAttachment(fileRuntime, app.id, attachment.id);
}

function readField(text: string | undefined): unknown {
  if (text === undefined || text === "") return {};
  try {
    return JSON.parse(text);
  } catch {
    throw apiError.badRequest("message is not valid JSON");
  }
}

function messageOf(
  { app, person, device, request, now }: Call,
  made: {
    readonly id: string;
    readonly about: v.InferOutput<typeof described>;
    readonly file: UploadedFile;
    readonly attachment: Attachment;
  },
): Message {
  const { text, altText, metadata } = made.about;
  const { mediaType, content } = made.file;
  const mediaUrl = mediaUrlOf(sdkRuntime.publicUrl(request), made.attachment);
  const media = { text, altText, mediaUrl, mediaType, mediaSize: content.length };
  return {
    id: made.id,
    received: now.toISOString(),
    author: authorOf(person.user, app.settings),
    content: normalizeContent({ type: isImage(mediaType) ? "image" : "file", ...media }, app.settings),
    source: { type: device?.type ?? "web", integrationId: device?.integrationId },
    metadata: metadata ? mergeMetadata({}, metadata, "Message") : undefined,
  };
}

/** Adds the message to the conversation, unless it is there; answers both as they are then. */
const send = ({ app, person }: Call, message: Message, conversationId: string) =>
  retryOnConflict(async () => {
    const conversation = await findConversationOf(sdkRuntime, person.user, conversationId);
    const outcome = await addMessage(sdkRuntime, app, conversation, message);
    if (outcome === "full") throw conversationFull();
    if (outcome === conflict) return conflict;
    const stored = outcome === "exists" ? await findMessage(sdkRuntime, conversation, message.id) : message;
    if (stored === undefined) throw apiError.notFound();
    const after = { ...conversation, latest: message, lastUpdatedAt: message.received };
    return { message: stored, conversation: outcome === "added" ? after : conversation };
  });

/** Answers under the names of every generation: `message` of older SDKs, `messages` of newer ones. */
const answerOf = ({ person }: Call, message: Message, conversation: Conversation): Answer => ({
  status: 201,
  body: {
    message: wireMessage(message),
    messages: [wireMessage(message)],
    conversation: wireConversation(person.user, conversation),
  },
});
