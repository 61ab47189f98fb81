import { deleteMessage } from "../lib/conversations/deleteMessages.ts";
import { findConversation } from "../lib/conversations/findConversation.ts";
import { appOperation } from "../lib/http/rest.ts";
import { apiError } from "../lib/model/apiError.ts";
import { restRuntime } from "../lib/runtime.ts";

export const handler = appOperation("deleteMessage", undefined, restRuntime, async ({ app, params }, runtime) => {
  const conversation = await findConversation(runtime, app.id, params.conversationId ?? "");
  if (!conversation) throw apiError.conversationNotFound();
  if (!(await deleteMessage(runtime, conversation, params.messageId ?? ""))) throw apiError.notFound();
  return { status: 200, body: {} };
});
