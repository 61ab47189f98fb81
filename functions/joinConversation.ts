import { newParticipant, participantLimit, participantOf, publicParticipant } from "../lib/domain/conversation.ts";
import { refuse } from "../lib/domain/refusal.ts";
import { namedMember, participantEntries } from "../lib/http/participantSchemas.ts";
import { appOperation } from "../lib/http/rest.ts";
import { object } from "../lib/http/schemas.ts";
import { runtime } from "../lib/membershipRuntime.ts";

export const body = object(participantEntries);

/** Adds a user to a group. Who is in it already is answered as they are. */
export const handler = appOperation("joinConversation", body, runtime, async ({ app, params, body, now }, runtime) => {
  for (;;) {
    const conversation = await runtime.conversations.find(app.id, params.conversationId ?? "");
    if (!conversation) throw refuse.conversationNotFound();
    if (conversation.type !== "sdkGroup") throw refuse.badRequest("Users can only join conversations of type sdkGroup");
    const [member] = await runtime.findMembers(app, [namedMember(body, "sdkGroup")], now, runtime.newId);
    if (!member) throw refuse.userNotFound();
    const present = participantOf(conversation, member.user.id);
    if (present) return { status: 201, body: { participant: publicParticipant(present) } };
    if (conversation.participants.length >= participantLimit) throw refuse.badRequest("Too many participants");
    const participant = newParticipant(runtime.newId(), member.user, member.clients);
    if (await runtime.memberships.join(conversation, participant, member))
      return { status: 201, body: { participant: publicParticipant(participant) } };
  }
});
