import type { Db } from "../../lib/db/db.ts";
import { conversationItem, readConversation } from "../../lib/db/items/conversationItem.ts";
import { messageItem } from "../../lib/db/items/messageItem.ts";
import { conversationKey } from "../../lib/db/keys.ts";
import { getItem } from "../../lib/db/readItems.ts";
import { putItem } from "../../lib/db/writeItems.ts";
import { type App, defaultSettings } from "../../lib/model/app.ts";
import { type Conversation, newConversation, newParticipant } from "../../lib/model/conversation.ts";
import type { Message } from "../../lib/model/message.ts";
import { app } from "./app.ts";
import { putAll } from "./newTable.ts";
import { freshId } from "./unique.ts";

export { app };

/** Makes the same app with messages that expire after so many seconds. */
export const retaining = (seconds: number): App => ({
  ...app,
  settings: { ...defaultSettings, conversationRetentionSeconds: seconds },
});

/** Makes a message of a user. */
export const messageOf = (id: string, userId: string, received = new Date()): Message => ({
  id,
  received: received.toISOString(),
  author: { type: "user", userId },
  content: { type: "text", text: "words" },
  source: { type: "whatsapp" },
});

/** Makes a message of the first member of a stored conversation. */
export const newMessage = (received: Date, more: Partial<Message> = {}): Message => ({
  ...messageOf(freshId(), "1".repeat(24), received),
  ...more,
});

/** Stores a group of two, with so many messages. */
export async function storeGroup(db: Db, id: string, messageCount: number, lapsesAt?: string) {
  const members = ["1", "2"].map((digit) => digit.repeat(24)) as [string, string];
  const kind = { type: "sdkGroup", isDefault: false } as const;
  const participants = members.map((userId) => newParticipant(userId, { id: userId }, []));
  const group = {
    ...newConversation(app.id, id.repeat(24), new Date(), { ...kind, participants }),
    messageCount,
    lapsesAt,
  };
  await putItem(db, conversationItem(group));
  const count = async () => (await getItem(db, conversationKey(app.id, group.id)))?.messageCount;
  return { group, members, count };
}

/** Stores a conversation without messages, of members named by a digit. */
export async function storeEmpty(
  db: Db,
  type: Conversation["type"] = "sdkGroup",
  lapsesAt?: string,
  digits = ["1", "2"],
): Promise<Conversation> {
  const members = digits.map((digit) => newParticipant(digit.repeat(24), { id: digit.repeat(24) }, []));
  const conversation = {
    ...newConversation(app.id, freshId(), new Date(), { type, isDefault: false, participants: members }),
    lapsesAt,
  };
  await putItem(db, conversationItem(conversation));
  return conversation;
}

/** Stores messages of these milliseconds, uncounted. */
export async function storeMessages(
  db: Db,
  { id }: Conversation,
  times: readonly number[],
  of = app,
): Promise<readonly Message[]> {
  const messages = times.map((time) => newMessage(new Date(time)));
  await putAll(
    db,
    messages.map((one) => messageItem(of, id, one)),
  );
  return messages;
}

/** Reads a conversation as it stands in the table. */
export async function readStored(db: Db, { id }: Conversation): Promise<Conversation | undefined> {
  const item = await getItem(db, conversationKey(app.id, id));
  return item && readConversation(item);
}

export const idsOf = (messages: readonly Message[]) => messages.map(({ id }) => id);
