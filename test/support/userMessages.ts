import type { Db } from "../../lib/db/db.ts";
import { listUnderUser } from "../../lib/db/items/conversationItem.ts";
import { messageItem } from "../../lib/db/items/messageItem.ts";
import { type Key, messageKey } from "../../lib/db/keys.ts";
import { getItems } from "../../lib/db/readItems.ts";
import { transact, transactionLimit } from "../../lib/db/transact.ts";
import type { Conversation } from "../../lib/model/conversation.ts";
import type { Message } from "../../lib/model/message.ts";
import { putAll } from "./newTable.ts";
import { app } from "./storedUsers.ts";
import { freshId } from "./unique.ts";

/** Stores a message of each of these users, or of the business for `undefined`; answers their keys. */
export async function storeMessages(
  db: Db,
  conversation: Conversation,
  ...authorIds: readonly (string | undefined)[]
): Promise<readonly Key[]> {
  const messages = authorIds.map(
    (userId): Message => ({
      id: freshId(),
      received: new Date().toISOString(),
      author: userId === undefined ? { type: "business" } : { type: "user", userId },
      content: { type: "text", text: "words" },
      source: { type: "web" },
    }),
  );
  await putAll(
    db,
    messages.map((message) => messageItem(app, conversation.id, message)),
  );
  return messages.map(({ id }) => messageKey(app.id, conversation.id, id));
}

/** Lists conversations under a user, like those beyond its first one. */
export async function listUnder(
  db: Db,
  userId: string,
  ...conversations: readonly { readonly id: string }[]
): Promise<void> {
  for (let start = 0; start < conversations.length; start += transactionLimit) {
    const part = conversations.slice(start, start + transactionLimit);
    await transact(db, { entries: part.map(({ id }) => listUnderUser(app.id, userId, id)) });
  }
}

/** Tells for each key whether there is an item. */
export const standsAt = async (db: Db, keys: readonly Key[]): Promise<readonly boolean[]> =>
  (await getItems(db, keys)).map((item) => item !== undefined);
