import { wasCounted } from "../conversations/messageLedger.ts";
import type { Item } from "../db/db.ts";
import { readConversationRecord } from "../db/items/conversationItem.ts";
import { participantOf } from "../model/conversation.ts";
import type { AppEvent, EventDetail } from "../model/events/event.ts";
import type { MessageChange } from "./change.ts";
import { eventId } from "./eventId.ts";

/**
 * Makes the event of a new message; of one that is a pressed button that of the postback, and its own if the app wants
 * it echoed. Their ids come from the message's alone, so that a message that its channel delivered again where its
 * conversation was merged into is the same event.
 */
export function messageEvents(change: MessageChange): readonly AppEvent[] {
  const { appId, conversationId, message, isCountedApart } = change;
  const { author, content, press, source } = message;
  const eventOf = (detail: EventDetail & { readonly type: "conversation:message" | "conversation:postback" }) => ({
    id: eventId(detail.type, appId, message.id),
    appId,
    createdAt: message.received,
    conversationId,
    userId: author.userId,
    detail,
  });
  const told = eventOf({ type: "conversation:message", message, isCountedApart });
  if (press === undefined) return [told];
  const payload = (content.type === "text" && content.payload) || "";
  const postback = { payload, metadata: press.metadata };
  const pressed = { type: "conversation:postback", postback, userId: author.userId, source } as const;
  return [...(press.isEchoed ? [told] : []), eventOf({ ...pressed, message, isCountedApart })];
}

/**
 * Tells whether an event may be told, by its conversation's item as it is now. A channel's message is put before its
 * conversation counts it, and taken back where that is refused: the conversation is deleted, or the author has left it.
 * It is put again where the person's messages go now, and told from there.
 */
export function isAccepted({ detail }: AppEvent, conversation: Item | undefined): boolean {
  if (!("isCountedApart" in detail) || !detail.isCountedApart || detail.message === undefined) return true;
  const { message } = detail;
  const record = readConversationRecord(conversation);
  // A message in a conversation that is merged moves along, or is put again in the other one under the same id.
  if (conversation === undefined || record === undefined || record.kind === "merged") return true;
  const isIn = record.kind === "open" && participantOf(record.conversation, message.author.userId ?? "") !== undefined;
  return isIn || wasCounted(conversation, message);
}
