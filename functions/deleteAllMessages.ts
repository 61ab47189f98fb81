import { deleteAllMessages } from "../lib/conversations/deleteMessages.ts";
import { findConversation } from "../lib/conversations/findConversation.ts";
import { appOperation } from "../lib/http/rest.ts";
import { apiError } from "../lib/model/apiError.ts";
import { restRuntime } from "../lib/runtime.ts";

export const handler = appOperation("deleteAllMessages", undefined, restRuntime, async ({ app, params }, runtime) => {
  const conversation = await findConversation(runtime, app.id, params.conversationId ?? "");
  if (!conversation) throw apiError.conversationNotFound();
  await deleteAllMessages(runtime, conversation);
  return { status: 200, body: {} };
});
