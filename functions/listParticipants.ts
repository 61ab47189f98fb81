import { publicParticipant } from "../lib/domain/conversation.ts";
import { pageOf } from "../lib/domain/page.ts";
import { refuse } from "../lib/domain/refusal.ts";
import { appOperation } from "../lib/http/rest.ts";
import { runtime } from "../lib/runtime.ts";

/** Whom a business finds in a conversation: the people its users have become. One read, since they stand inside it. */
export const handler = appOperation("listParticipants", undefined, runtime, async (call, { conversations }) => {
  const { app, params, page, listed } = call;
  const asked = page();
  const conversation = await conversations.find(app.id, params.conversationId ?? "");
  if (!conversation) throw refuse.conversationNotFound();
  const found = pageOf(conversation.participants, (participant) => participant.id, asked);
  if (!found) throw refuse.badRequest("Invalid page query parameters");
  return listed("participants", found, (participant) => participant.id, publicParticipant);
});
