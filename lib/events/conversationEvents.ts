import type { Conversation, Participant } from "../model/conversation.ts";
import type { AppEvent, ConversationOrigin, ConversationReferral } from "../model/events/event.ts";
import type { ChangedConversation, ConversationChange } from "./change.ts";
import { eventId } from "./eventId.ts";

/** Makes the events of a change of a conversation. One that is merged into another tells nothing: its user does. */
export function conversationEvents({ before, after, at }: ConversationChange): readonly AppEvent[] {
  if (after?.kind === "open") {
    if (before?.kind !== "open") return [conversationCreated(after.conversation, after.notes.origin)];
    return [
      ...participantEvents(before.conversation, after, at),
      ...readEvents(before.conversation, after),
      ...referralEvents(before, after, at),
      ...pressEvents(before, after),
    ];
  }
  return before?.kind === "open" && after?.kind !== "merged" ? [conversationRemoved(before.conversation, at)] : [];
}

/**
 * Makes the event of a conversation's creation, the same from its first record and from the item as it is later. The
 * time is in its id because a user's first conversation may be deleted and begun again under its id.
 */
export const conversationCreated = (conversation: Conversation, origin: ConversationOrigin): AppEvent => ({
  id: eventId("conversation:create", conversation.appId, conversation.id, conversation.createdAt),
  ...placeOf(conversation, personOf(conversation)),
  createdAt: conversation.createdAt,
  detail: { type: "conversation:create", conversation, origin },
});

const conversationRemoved = (conversation: Conversation, at: string): AppEvent => ({
  id: eventId("conversation:remove", conversation.appId, conversation.id, conversation.createdAt),
  ...placeOf(conversation, personOf(conversation)),
  createdAt: at,
  detail: { type: "conversation:remove", conversation },
});

const placeOf = ({ appId, id }: Conversation, user: Pick<Participant, "userId"> | undefined) => ({
  appId,
  conversationId: id,
  userId: user?.userId,
});

/** Answers the participant of a personal conversation. */
const personOf = ({ type, participants }: Conversation): Participant | undefined =>
  type === "personal" ? participants[0] : undefined;

type Open = Extract<ChangedConversation, { readonly kind: "open" }>;

/** Answers the user whose place another user took in this change, by a merge: neither has left nor read anything. */
const replacedIn = (before: Conversation, { notes }: Open): Participant | undefined =>
  before.participants.find(({ userId }) => userId === notes.replacedUserId);

/** Makes the events of users that joined or left a group; a participant keeps its id when its user is merged. */
function participantEvents(before: Conversation, after: Open, at: string): readonly AppEvent[] {
  const { conversation } = after;
  if (conversation.type !== "sdkGroup") return [];
  const replaced = replacedIn(before, after);
  const isIn = ({ participants }: Conversation, { id }: Participant) => participants.some((one) => one.id === id);
  const joined = conversation.participants.filter((one) => !isIn(before, one));
  const left = before.participants.filter((one) => one.id !== replaced?.id && !isIn(conversation, one));
  const eventOf = (type: "conversation:join" | "conversation:leave", participant: Participant): AppEvent => ({
    id: eventId(type, conversation.appId, conversation.id, participant.id),
    ...placeOf(conversation, participant),
    createdAt: at,
    detail: { type, conversation, participant },
  });
  return [
    ...joined.map((one) => eventOf("conversation:join", one)),
    ...left.map((one) => eventOf("conversation:leave", one)),
  ];
}

/** Makes the events of users that read a conversation, and of the business. */
function readEvents(before: Conversation, after: Open): readonly AppEvent[] {
  const { conversation } = after;
  const eventOf = (lastRead: string, participant: Participant | undefined): AppEvent => ({
    id: eventId("conversation:read", conversation.appId, conversation.id, participant?.id ?? "business", lastRead),
    ...placeOf(conversation, participant),
    createdAt: lastRead,
    detail: { type: "conversation:read", conversation, participant },
  });
  const readers = replacedIn(before, after) ? [] : conversation.participants;
  const people = readers.flatMap((one) => {
    const earlier = before.participants.find(({ id, userId }) => id === one.id && userId === one.userId);
    return earlier && one.lastRead !== undefined && one.lastRead > (earlier.lastRead ?? "")
      ? [eventOf(one.lastRead, one)]
      : [];
  });
  const { businessLastRead } = conversation;
  if (businessLastRead === undefined || businessLastRead <= (before.businessLastRead ?? "")) return people;
  return [...people, eventOf(businessLastRead, undefined)];
}

/** Makes the event of a referral to a conversation that existed before. */
function referralEvents(before: Open, after: Open, at: string): readonly AppEvent[] {
  const { conversation, notes } = after;
  const referred = notes.referred;
  if (referred === undefined || textOf(referred) === textOf(before.notes.referred)) return [];
  const { referral, source } = referred;
  return [
    {
      id: eventId("conversation:referral", conversation.appId, conversation.id, textOf(referred)),
      ...placeOf(conversation, personOf(conversation)),
      createdAt: referred.at ?? at,
      detail: { type: "conversation:referral", conversation, referral, source },
    },
  ];
}

const textOf = (referred: ConversationReferral | undefined): string => JSON.stringify(referred ?? null);

/** Makes the event of a button that a user pressed in an SDK. */
function pressEvents(before: Open, { conversation, notes: { pressed } }: Open): readonly AppEvent[] {
  if (pressed === undefined || pressed.id === before.notes.pressed?.id) return [];
  const { id, at, userId, postback, source } = pressed;
  return [
    {
      id: eventId("conversation:postback", conversation.appId, id),
      ...placeOf(conversation, pressed),
      createdAt: at,
      detail: { type: "conversation:postback", postback, userId, source },
    },
  ];
}
