import type { Emitter } from "./emitter.ts";
import type { Person } from "./person.ts";
import type { Conversation, ConversationData } from "./types.ts";

/** Names the conversation that an event is about. */
export function about({ id }: Pick<Conversation, "id">): ConversationData {
  return { conversation: { id } };
}

/** Tells the page about a new conversation. */
export function emitAdded(emit: Emitter["emit"], conversation: Conversation): void {
  emit("conversation:added", conversation.participants, about(conversation));
}

/**
 * Tells the page the differences between two states of a person's conversation. Messages are new only once the
 * conversation was loaded.
 */
export function emitChanges(emit: Emitter["emit"], person: Person, before: Conversation, after: Conversation): void {
  const me = person.user?.id;
  if (person.loaded.has(after.id)) {
    const knownIds = new Set(before.messages.map(({ id }) => id));
    for (const message of after.messages.filter(({ id }) => !knownIds.has(id))) {
      emit("message", message, about(after));
      const isMine = message.role === "user" && message.userId === me;
      emit(isMine ? "message:sent" : "message:received", message, about(after));
    }
  }
  emitParticipantChanges(emit, me, before, after);
  const { businessLastRead } = after;
  if (businessLastRead && businessLastRead !== before.businessLastRead) {
    emit("conversation:read", { role: "business", lastRead: businessLastRead }, about(after));
  }
}

function emitParticipantChanges(
  emit: Emitter["emit"],
  me: string | undefined,
  before: Conversation,
  after: Conversation,
): void {
  for (const participant of after.participants) {
    const { id, userId, unreadCount, lastRead } = participant;
    const former = before.participants.find((one) => one.id === id);
    if (!former) emit("participant:added", participant, about(after));
    if (userId === me) {
      if (unreadCount !== (former?.unreadCount ?? 0)) emit("unreadCount", unreadCount, about(after));
    } else if (former && lastRead && lastRead !== former.lastRead) {
      emit("conversation:read", { role: "user", userId, lastRead }, about(after));
    }
  }
  for (const participant of before.participants) {
    if (!after.participants.some(({ id }) => id === participant.id)) {
      emit("participant:removed", participant, about(after));
    }
  }
}
