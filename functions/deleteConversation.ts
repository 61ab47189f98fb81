import { refuse } from "../lib/domain/refusal.ts";
import { appOperation } from "../lib/http/rest.ts";
import { runtime } from "../lib/membershipRuntime.ts";

/** Deletes a conversation with its messages; never a user's default one. */
export const handler = appOperation(
  "deleteConversation",
  undefined,
  runtime,
  async ({ app, params }, { conversations, memberships }) => {
    const id = params.conversationId ?? "";
    const conversation = await conversations.find(app.id, id);
    if (conversation?.isDefault)
      throw refuse.badRequest(`Conversation ${id} cannot be deleted because it is the default.`);
    if (!(await memberships.delete(app.id, id))) throw refuse.conversationNotFound();
    return { status: 200, body: {} };
  },
);
