import { wasCounted } from "../conversations/messageLedger.ts";
import type { Item } from "../db/db.ts";
import { readConversationRecord } from "../db/items/conversationItem.ts";
import { participantOf } from "../model/conversation.ts";
import type { AppEvent } from "../model/events/event.ts";
import type { MessageChange } from "./change.ts";
import { eventId } from "./eventId.ts";

/**
 * Makes the event of a new message. Its id comes from the message's alone, so that a message that its channel delivered
 * again where its conversation was merged into is the same event.
 */
export const messageEvents = ({
  appId,
  conversationId,
  message,
  isCountedApart,
}: MessageChange): readonly AppEvent[] => [
  {
    id: eventId("conversation:message", appId, message.id),
    appId,
    createdAt: message.received,
    conversationId,
    userId: message.author.userId,
    detail: { type: "conversation:message", message, isCountedApart },
  },
];

/**
 * Tells whether an event may be told, by its conversation's item as it is now. A channel's message is put before its
 * conversation counts it, and taken back where that is refused: the conversation is deleted, or the author has left it.
 * It is put again where the person's messages go now, and told from there.
 */
export function isAccepted({ detail }: AppEvent, conversation: Item | undefined): boolean {
  if (detail.type !== "conversation:message" || !detail.isCountedApart) return true;
  const { message } = detail;
  const record = readConversationRecord(conversation);
  // A message in a conversation that is merged moves along, or is put again in the other one under the same id.
  if (conversation === undefined || record === undefined || record.kind === "merged") return true;
  const isIn = record.kind === "open" && participantOf(record.conversation, message.author.userId ?? "") !== undefined;
  return isIn || wasCounted(conversation, message);
}
