import * as v from "valibot";
import { findConversation } from "../lib/conversations/findConversation.ts";
import { leaveConversation } from "../lib/conversations/participants.ts";
import { appOperation } from "../lib/http/rest.ts";
import { nameOfUser } from "../lib/http/schemas/participantSchemas.ts";
import { object, text } from "../lib/http/schemas/schemas.ts";
import { apiError } from "../lib/model/apiError.ts";
import { restRuntime } from "../lib/runtime.ts";
import { resolveUser } from "../lib/users/resolveUsers.ts";

export const body = object({
  userId: v.optional(text(1, 64)),
  userExternalId: v.optional(text(1, 1024)),
  participantId: v.optional(text(1, 64)),
});

const notAMember = () => apiError.notFound("User is not a member of the conversation");

export const handler = appOperation("leaveConversation", body, restRuntime, async ({ app, params, body }, runtime) => {
  if (Object.values(body).filter((name) => name !== undefined).length !== 1)
    throw apiError.badRequest("One of userId, userExternalId and participantId is required, but only one");
  const conversation = await findConversation(runtime, app.id, params.conversationId ?? "");
  if (!conversation) throw apiError.conversationNotFound();
  if (conversation.type !== "sdkGroup")
    throw apiError.badRequest("Users can only leave conversations of type sdkGroup");
  const userId =
    body.participantId === undefined
      ? (await resolveUser(runtime, app, nameOfUser(body)))?.user.id
      : conversation.participants.find((one) => one.id === body.participantId)?.userId;
  if (userId === undefined) throw body.participantId === undefined ? apiError.userNotFound() : notAMember();
  if (!(await leaveConversation(runtime, conversation, userId))) throw notAMember();
  return { status: 200, body: {} };
});
