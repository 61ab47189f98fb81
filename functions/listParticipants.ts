import { findConversation } from "../lib/conversations/findConversation.ts";
import { publicParticipant } from "../lib/http/answers/rest.ts";
import { appOperation } from "../lib/http/rest.ts";
import { apiError } from "../lib/model/apiError.ts";
import { pageOf } from "../lib/model/page.ts";
import { restRuntime } from "../lib/runtime.ts";

/**
 * Lists a conversation's participants, merged users by the user that they became. Takes one read, since they stand
 * inside the conversation.
 */
export const handler = appOperation("listParticipants", undefined, restRuntime, async (call, runtime) => {
  const { app, params, page, listed } = call;
  const pageQuery = page();
  const conversation = await findConversation(runtime, app.id, params.conversationId ?? "");
  if (!conversation) throw apiError.conversationNotFound();
  const found = pageOf(conversation.participants, (participant) => participant.id, pageQuery);
  if (!found) throw apiError.badRequest("Invalid page query parameters");
  return listed("participants", found, publicParticipant);
});
