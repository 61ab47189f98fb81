import { refuse } from "../lib/domain/refusal.ts";
import { appOperation } from "../lib/http/rest.ts";
import { runtime } from "../lib/runtime.ts";

export const handler = appOperation(
  "deleteMessage",
  undefined,
  runtime,
  async ({ app, params }, { conversations, messages }) => {
    const conversation = await conversations.find(app.id, params.conversationId ?? "");
    if (!conversation) throw refuse.conversationNotFound();
    if (!(await messages.delete(conversation, params.messageId ?? ""))) throw refuse.notFound();
    return { status: 200, body: {} };
  },
);
