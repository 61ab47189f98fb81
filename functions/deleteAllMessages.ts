import { refuse } from "../lib/domain/refusal.ts";
import { appOperation } from "../lib/http/rest.ts";
import { runtime } from "../lib/runtime.ts";

export const handler = appOperation(
  "deleteAllMessages",
  undefined,
  runtime,
  async ({ app, params }, { conversations, messages }) => {
    const conversation = await conversations.find(app.id, params.conversationId ?? "");
    if (!conversation) throw refuse.conversationNotFound();
    await messages.deleteAll(conversation);
    return { status: 200, body: {} };
  },
);
