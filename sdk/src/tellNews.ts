import type { Emitter } from "./emitter.ts";
import type { Person } from "./person.ts";
import type { Conversation } from "./types.ts";

/** Tells the page of a conversation it did not know. */
export function tellAdded(emit: Emitter["emit"], { id, participants }: Conversation): void {
  emit("conversation:added", participants, { conversation: { id } });
}

/** Tells the page how a conversation of `who` differs from what it was. Messages are news only once the conversation was loaded. */
export function tellNews(emit: Emitter["emit"], who: Person, before: Conversation, after: Conversation): void {
  const data = { conversation: { id: after.id } };
  const me = who.user?.id;

  if (who.loaded.has(after.id)) {
    const known = new Set(before.messages.map(({ id }) => id));
    for (const message of after.messages.filter(({ id }) => !known.has(id))) {
      emit("message", message, data);
      emit(message.role === "user" && message.userId === me ? "message:sent" : "message:received", message, data);
    }
  }

  for (const participant of after.participants) {
    const { id, userId, unreadCount, lastRead } = participant;
    const was = before.participants.find((one) => one.id === id);
    if (!was) emit("participant:added", participant, data);
    if (userId === me) {
      if (unreadCount !== (was?.unreadCount ?? 0)) emit("unreadCount", unreadCount, data);
    } else if (was && lastRead && lastRead !== was.lastRead) {
      emit("conversation:read", { role: "user", userId, lastRead }, data);
    }
  }
  for (const participant of before.participants) {
    if (!after.participants.some(({ id }) => id === participant.id)) emit("participant:removed", participant, data);
  }

  const { businessLastRead } = after;
  if (businessLastRead && businessLastRead !== before.businessLastRead) {
    emit("conversation:read", { role: "business", lastRead: businessLastRead }, data);
  }
}
