import { describe, expect, test } from "vitest";
import { countingOnce } from "../../lib/conversations/messageLedger.ts";
import { conversationItem, deletedConversationItem } from "../../lib/db/items/conversationItem.ts";
import { messageItem } from "../../lib/db/items/messageItem.ts";
import { conversationKey } from "../../lib/db/keys.ts";
import { eventsOf } from "../../lib/events/eventsOf.ts";
import { isAccepted } from "../../lib/events/messageEvents.ts";
import { newConversation, newParticipant } from "../../lib/model/conversation.ts";
import type { AppEvent } from "../../lib/model/events/event.ts";
import type { Message } from "../../lib/model/message.ts";
import { app } from "../support/app.ts";
import { changeRecord } from "../support/changeRecord.ts";

const now = new Date("2026-01-01T00:00:00.000Z");
const message: Message = {
  id: "message",
  received: now.toISOString(),
  author: { type: "user", userId: "ada" },
  content: { type: "text", text: "Hello" },
  source: { type: "line", integrationId: "line" },
};
const put = { ...messageItem(app, "conversation", message), nonce: "nonce" };
const participants = [newParticipant("p-ada", { id: "ada" }, [])];
const conversation = newConversation(app.id, "conversation", now, {
  type: "sdkGroup",
  isDefault: false,
  participants,
});

describe("a message", () => {
  test("tells itself once, at the time at which it was received", () => {
    const [event] = eventsOf(changeRecord(undefined, put));
    expect(event).toMatchObject({
      appId: app.id,
      conversationId: "conversation",
      userId: "ada",
      createdAt: message.received,
      detail: { type: "conversation:message", message: { id: "message", content: { text: "Hello" } } },
    });
    const elsewhere = messageItem(app, "another", message);
    expect(eventsOf(changeRecord(undefined, elsewhere))[0]?.id).toBe(event?.id);
  });

  test("tells nothing when it moves, changes, or is deleted", () => {
    expect(eventsOf(changeRecord(undefined, { ...put, moved: true }))).toEqual([]);
    expect(eventsOf(changeRecord(put, { ...put, counted: true }))).toEqual([]);
    expect(eventsOf(changeRecord(put, undefined))).toEqual([]);
  });

  test("of the business has no user", () => {
    const said = messageItem(app, "conversation", { ...message, author: { type: "business" } });
    expect(eventsOf(changeRecord(undefined, said))[0]?.userId).toBeUndefined();
  });
});

describe("a channel's message is accepted", () => {
  const [event] = eventsOf(changeRecord(undefined, put)) as [AppEvent];
  const open = conversationItem(conversation);
  const left = conversationItem({ ...conversation, participants: [] });
  const { counted } = countingOnce(message).add ?? {};
  const key = conversationKey(app.id, "conversation");

  test.each([
    ["by a conversation in which its author is, counted or not", open, true],
    ["by one that counted it before the author left", { ...left, counted }, true],
    ["by one that counted all of that time", { ...left, settledUntil: message.received }, true],
    ["by one that counted it before it was deleted", deletedConversationItem(key, 1, { counted }), true],
    ["by one that was merged, with which it moves", { ...open, mergedInto: "other" }, true],
    ["where nothing is left of the conversation", undefined, true],
    ["but not by one that its author has left", left, false],
    ["but not by one that is deleted", deletedConversationItem(key, 1, {}), false],
  ])("%s", (_, item, expected) => {
    expect(isAccepted(event, item)).toBe(expected);
  });

  test("always if it was put with its conversation's count", () => {
    const [counted] = eventsOf(changeRecord(undefined, messageItem(app, "conversation", message))) as [AppEvent];
    expect(isAccepted(counted, left)).toBe(true);
  });
});
