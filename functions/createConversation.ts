import * as v from "valibot";
import {
  type Conversation,
  newConversation,
  newParticipant,
  participantLimit,
  publicConversation,
} from "../lib/domain/conversation.ts";
import { mergeMetadata } from "../lib/domain/metadata.ts";
import { refuse } from "../lib/domain/refusal.ts";
import { namedMember, participantEntries } from "../lib/http/participantSchemas.ts";
import { appOperation } from "../lib/http/rest.ts";
import { displayName, metadata, object, text, uri } from "../lib/http/schemas.ts";
import { runtime } from "../lib/membershipRuntime.ts";

export const body = object({
  type: v.picklist(["personal", "sdkGroup"]),
  participants: v.optional(v.pipe(v.array(object(participantEntries)), v.metadata({ maxItems: participantLimit })), []),
  displayName: v.nullish(displayName),
  description: v.nullish(text(1, 100)),
  iconUrl: v.nullish(uri),
  metadata: v.nullish(metadata),
});

/** A business starts a conversation: with one user, whose first it may be, or in a group. */
export const handler = appOperation("createConversation", body, runtime, async ({ app, body, now }, runtime) => {
  const { type, participants } = body;
  if (type === "personal" && participants.length !== 1)
    throw refuse.badRequest("participants should have exactly 1 item in a personal conversation");
  if (participants.length > participantLimit) throw refuse.badRequest("Too many participants");
  const metadata = mergeMetadata({}, body.metadata ?? {}, "Conversation");
  const id = runtime.newId();
  for (;;) {
    const members = await runtime.findMembers(
      app,
      participants.map((one) => namedMember(one, type)),
      now,
      runtime.newId,
    );
    const personal = type === "personal" ? members[0] : undefined;
    const first =
      personal && personal.user.defaultConversationId === undefined
        ? runtime.users.firstConversationId(app, personal.user.id)
        : undefined;
    const conversation: Conversation = newConversation(
      app.id,
      first ?? id,
      now,
      { type, isDefault: first !== undefined },
      members.map(({ user, clients }) => newParticipant(runtime.newId(), user, clients)),
      { ...body, metadata },
    );
    const entering = members.map(({ known, user }) => ({
      known,
      user: first === undefined ? user : { ...user, defaultConversationId: first },
    }));
    if (await runtime.memberships.start(conversation, entering))
      return { status: 201, body: { conversation: publicConversation(conversation) } };
  }
});
