import { findConversation } from "../lib/conversations/findConversation.ts";
import { joinConversation } from "../lib/conversations/participants.ts";
import { conflict, retryOnConflict } from "../lib/db/retryOnConflict.ts";
import { publicParticipant } from "../lib/http/answers/rest.ts";
import { appOperation } from "../lib/http/rest.ts";
import { namedMember, participantEntries } from "../lib/http/schemas/participantSchemas.ts";
import { object } from "../lib/http/schemas/schemas.ts";
import { apiError } from "../lib/model/apiError.ts";
import { newParticipant, participantLimit, participantOf } from "../lib/model/conversation.ts";
import { restRuntime } from "../lib/runtime.ts";
import { resolveUsers } from "../lib/users/resolveUsers.ts";

export const body = object(participantEntries);

/** Adds a user to a group. Answers a user that is in it already as it is. */
export const handler = appOperation(
  "joinConversation",
  body,
  restRuntime,
  async ({ app, params, body, now }, runtime) => {
    const participant = await retryOnConflict(async () => {
      const conversation = await findConversation(runtime, app.id, params.conversationId ?? "");
      if (!conversation) throw apiError.conversationNotFound();
      if (conversation.type !== "sdkGroup")
        throw apiError.badRequest("Users can only join conversations of type sdkGroup");
      const [entering] = await resolveUsers(runtime, app, [namedMember(body, "sdkGroup")], now);
      if (!entering) throw apiError.userNotFound();
      const existing = participantOf(conversation, entering.user.id);
      if (existing) return existing;
      if (conversation.participants.length >= participantLimit) throw apiError.badRequest("Too many participants");
      const added = newParticipant(runtime.newId(), entering.user, entering.clients);
      return (await joinConversation(runtime, conversation, added, entering)) === conflict ? conflict : added;
    });
    return { status: 201, body: { participant: publicParticipant(participant) } };
  },
);
