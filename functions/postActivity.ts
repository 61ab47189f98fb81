import * as v from "valibot";
import { participantOf } from "../lib/domain/conversation.ts";
import { refuse } from "../lib/domain/refusal.ts";
import { author } from "../lib/http/messageSchemas.ts";
import { nameOfUser } from "../lib/http/participantSchemas.ts";
import { appOperation } from "../lib/http/rest.ts";
import { object } from "../lib/http/schemas.ts";
import { runtime } from "../lib/runtime.ts";

export const body = object({ author, type: v.picklist(["conversation:read", "typing:start", "typing:stop"]) });

/** Reading is kept; a business's typing has no SDK connection to be told over yet and is acknowledged. */
export const handler = appOperation("postActivity", body, runtime, async ({ app, params, body, now }, runtime) => {
  const conversation = await runtime.conversations.find(app.id, params.conversationId ?? "");
  if (!conversation) throw refuse.conversationNotFound();
  if (body.author.type === "business") {
    if (body.type === "conversation:read")
      await runtime.conversations.markRead(app.id, conversation.id, "business", now);
    return { status: 200, body: {} };
  }
  if (body.type !== "conversation:read")
    throw refuse.badRequest("Only conversation:read is supported for an author of type user");
  const person = await runtime.findPerson(app, nameOfUser(body.author));
  if (!person) throw refuse.userNotFound();
  if (!participantOf(conversation, person.user.id)) throw refuse.notFound("User is not a member of the conversation");
  await runtime.conversations.markRead(app.id, conversation.id, { userId: person.user.id }, now);
  return { status: 200, body: {} };
});
