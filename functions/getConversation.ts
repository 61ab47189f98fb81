import { findConversation } from "../lib/conversations/findConversation.ts";
import { publicConversation } from "../lib/http/answers/rest.ts";
import { appOperation } from "../lib/http/rest.ts";
import { apiError } from "../lib/model/apiError.ts";
import { restRuntime } from "../lib/runtime.ts";

export const handler = appOperation("getConversation", undefined, restRuntime, async ({ app, params }, runtime) => {
  const conversation = await findConversation(runtime, app.id, params.conversationId ?? "");
  if (!conversation) throw apiError.conversationNotFound();
  return { status: 200, body: { conversation: publicConversation(conversation) } };
});
