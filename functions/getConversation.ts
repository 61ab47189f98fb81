import { publicConversation } from "../lib/domain/conversation.ts";
import { refuse } from "../lib/domain/refusal.ts";
import { appOperation } from "../lib/http/rest.ts";
import { runtime } from "../lib/runtime.ts";

export const handler = appOperation(
  "getConversation",
  undefined,
  runtime,
  async ({ app, params }, { conversations }) => {
    const conversation = await conversations.find(app.id, params.conversationId ?? "");
    if (!conversation) throw refuse.conversationNotFound();
    return { status: 200, body: { conversation: publicConversation(conversation) } };
  },
);
