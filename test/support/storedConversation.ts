import type { Db } from "../../lib/db/db.ts";
import { conversationItem, readConversation } from "../../lib/db/items/conversationItem.ts";
import { conversationKey } from "../../lib/db/keys.ts";
import { getItem } from "../../lib/db/readItems.ts";
import { putItem, updateItem } from "../../lib/db/writeItems.ts";
import { type Conversation, newConversation, newParticipant, type Participant } from "../../lib/model/conversation.ts";
import { freshId } from "./unique.ts";

/** The app of stored conversations. */
export const appId = "a".repeat(24);
/** The time of their creation. */
const madeAt = new Date();

/** Makes a channel's client of a participant. */
export const association = (clientId: string) => ({ type: "line", clientId });

/** Makes a participant with one client of a channel. */
export const participant = (userId: string, more: Partial<Participant> = {}): Participant => ({
  ...newParticipant(freshId(), { id: userId }, [association("one")]),
  ...more,
});

/** Stores a personal conversation of these participants. */
export async function storeConversation(
  db: Db,
  participants: readonly Participant[] = [],
  more: Partial<Conversation> = {},
): Promise<Conversation> {
  const kind = { type: "personal", isDefault: true } as const;
  const conversation = { ...newConversation(appId, freshId(), madeAt, { ...kind, participants }), ...more };
  await putItem(db, conversationItem(conversation));
  return conversation;
}

/** Reads the item at the key of a conversation, open or merged. */
export async function storedConversation(db: Db, { id }: { readonly id: string }): Promise<Conversation | undefined> {
  const item = await getItem(db, conversationKey(appId, id));
  return item && readConversation(item);
}

/** Marks a conversation as merged into another one. */
export const markMerged = (db: Db, { id }: Conversation) =>
  updateItem(db, conversationKey(appId, id), { set: { mergedInto: "other" } });
