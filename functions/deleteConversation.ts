import { deleteConversation } from "../lib/conversations/deleteConversation.ts";
import { findConversation } from "../lib/conversations/findConversation.ts";
import { appOperation } from "../lib/http/rest.ts";
import { apiError } from "../lib/model/apiError.ts";
import { restRuntime } from "../lib/runtime.ts";

/** Deletes a conversation with its messages, unless it is a user's default one. */
export const handler = appOperation("deleteConversation", undefined, restRuntime, async ({ app, params }, runtime) => {
  const id = params.conversationId ?? "";
  const conversation = await findConversation(runtime, app.id, id);
  if (conversation?.isDefault)
    throw apiError.badRequest(`Conversation ${id} cannot be deleted because it is the default.`);
  if (!(await deleteConversation(runtime, app.id, id))) throw apiError.conversationNotFound();
  return { status: 200, body: {} };
});
