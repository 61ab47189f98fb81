import * as v from "valibot";
import { findConversation } from "../lib/conversations/findConversation.ts";
import { markConversationRead } from "../lib/conversations/updateConversation.ts";
import { publishBusinessTyping } from "../lib/events/channels/publishBusinessTyping.ts";
import { appOperation } from "../lib/http/rest.ts";
import { author } from "../lib/http/schemas/author.ts";
import { nameOfUser } from "../lib/http/schemas/participantSchemas.ts";
import { object } from "../lib/http/schemas/schemas.ts";
import { apiError } from "../lib/model/apiError.ts";
import { participantOf } from "../lib/model/conversation.ts";
import { eventRuntime, restRuntime } from "../lib/runtime.ts";
import { resolveUser } from "../lib/users/resolveUsers.ts";

export const body = object({ author, type: v.picklist(["conversation:read", "typing:start", "typing:stop"]) });

const runtime = { ...restRuntime, channelQueue: eventRuntime.channelQueue };

/**
 * Marks a conversation as read, and shows people on channels that the business types; no SDK connection could show it
 * yet.
 */
export const handler = appOperation("postActivity", body, runtime, async ({ app, params, body, now }, runtime) => {
  const conversation = await findConversation(runtime, app.id, params.conversationId ?? "");
  if (!conversation) throw apiError.conversationNotFound();
  if (body.author.type === "business") {
    if (body.type === "conversation:read")
      await markConversationRead(runtime, { appId: app.id, id: conversation.id }, "business", now);
    else await publishBusinessTyping(runtime, conversation, body.type, now);
    return { status: 200, body: {} };
  }
  if (body.type !== "conversation:read")
    throw apiError.badRequest("Only conversation:read is supported for an author of type user");
  const storedUser = await resolveUser(runtime, app, nameOfUser(body.author));
  if (!storedUser) throw apiError.userNotFound();
  if (!participantOf(conversation, storedUser.user.id))
    throw apiError.notFound("User is not a member of the conversation");
  await markConversationRead(runtime, { appId: app.id, id: conversation.id }, { userId: storedUser.user.id }, now);
  return { status: 200, body: {} };
});
