import * as v from "valibot";
import { startBusinessConversation } from "../lib/conversations/participants.ts";
import { firstConversationId } from "../lib/db/keys.ts";
import { conflict, retryOnConflict } from "../lib/db/retryOnConflict.ts";
import { publicConversation } from "../lib/http/answers/rest.ts";
import { appOperation } from "../lib/http/rest.ts";
import { namedMember, participantEntries } from "../lib/http/schemas/participantSchemas.ts";
import { displayName, metadata, object, text, uri } from "../lib/http/schemas/schemas.ts";
import { apiError } from "../lib/model/apiError.ts";
import { type Conversation, newConversation, newParticipant, participantLimit } from "../lib/model/conversation.ts";
import { mergeMetadata } from "../lib/model/metadata.ts";
import { restRuntime } from "../lib/runtime.ts";
import { resolveUsers } from "../lib/users/resolveUsers.ts";

export const body = object({
  type: v.picklist(["personal", "sdkGroup"]),
  participants: v.optional(v.pipe(v.array(object(participantEntries)), v.metadata({ maxItems: participantLimit })), []),
  displayName: v.nullish(displayName),
  description: v.nullish(text(1, 100)),
  iconUrl: v.nullish(uri),
  metadata: v.nullish(metadata),
});

/** Starts a conversation for a business: with one user, for whom it may be the first, or with a group. */
export const handler = appOperation("createConversation", body, restRuntime, async ({ app, body, now }, runtime) => {
  const { type, participants } = body;
  if (type === "personal" && participants.length !== 1)
    throw apiError.badRequest("participants should have exactly 1 item in a personal conversation");
  if (participants.length > participantLimit) throw apiError.badRequest("Too many participants");
  const metadata = mergeMetadata({}, body.metadata ?? {}, "Conversation");
  const id = runtime.newId();
  const conversation = await retryOnConflict(async () => {
    const users = await resolveUsers(
      runtime,
      app,
      participants.map((one) => namedMember(one, type)),
      now,
    );
    const personal = type === "personal" ? users[0] : undefined;
    const first =
      personal && personal.user.defaultConversationId === undefined
        ? firstConversationId(app.salt, personal.user.id)
        : undefined;
    const conversation: Conversation = newConversation(app.id, first ?? id, now, {
      ...body,
      type,
      isDefault: first !== undefined,
      participants: users.map(({ user, clients }) => newParticipant(runtime.newId(), user, clients)),
      metadata,
    });
    const entering = users.map(({ storedUser, user }) => ({
      storedUser,
      user: first === undefined ? user : { ...user, defaultConversationId: first },
    }));
    const started = await startBusinessConversation(runtime, conversation, entering);
    return started === conflict ? conflict : conversation;
  });
  return { status: 201, body: { conversation: publicConversation(conversation) } };
});
