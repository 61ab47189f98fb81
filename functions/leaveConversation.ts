import * as v from "valibot";
import { refuse } from "../lib/domain/refusal.ts";
import { nameOfUser } from "../lib/http/participantSchemas.ts";
import { appOperation } from "../lib/http/rest.ts";
import { object, text } from "../lib/http/schemas.ts";
import { runtime } from "../lib/membershipRuntime.ts";

export const body = object({
  userId: v.optional(text(1, 64)),
  userExternalId: v.optional(text(1, 1024)),
  participantId: v.optional(text(1, 64)),
});

const notAMember = () => refuse.notFound("User is not a member of the conversation");

export const handler = appOperation("leaveConversation", body, runtime, async ({ app, params, body }, runtime) => {
  if (Object.values(body).filter((name) => name !== undefined).length !== 1)
    throw refuse.badRequest("One of userId, userExternalId and participantId is required, but only one");
  const conversation = await runtime.conversations.find(app.id, params.conversationId ?? "");
  if (!conversation) throw refuse.conversationNotFound();
  if (conversation.type !== "sdkGroup") throw refuse.badRequest("Users can only leave conversations of type sdkGroup");
  const userId =
    body.participantId === undefined
      ? (await runtime.findPerson(app, nameOfUser(body)))?.user.id
      : conversation.participants.find((one) => one.id === body.participantId)?.userId;
  if (userId === undefined) throw body.participantId === undefined ? refuse.userNotFound() : notAMember();
  if (!(await runtime.memberships.leave(conversation, userId))) throw notAMember();
  return { status: 200, body: {} };
});
