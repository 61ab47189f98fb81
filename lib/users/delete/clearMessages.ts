import { moveMergedMessages } from "../../conversations/moveMergedMessages.ts";
import { deleteSentTo } from "../../conversations/sentMessages.ts";
import type { Item } from "../../db/db.ts";
import { present } from "../../db/expression.ts";
import { readConversationRecord } from "../../db/items/conversationItem.ts";
import { bodyOf, readMessage } from "../../db/items/messageItem.ts";
import { conversationEntryPrefix, conversationKey, messagePrefix, userKey } from "../../db/keys.ts";
import { pagesOf } from "../../db/pagesOf.ts";
import { getItem } from "../../db/readItems.ts";
import type { Runtime } from "../../db/runtime.ts";
import { updateItem } from "../../db/writeItems.ts";
import { isCleared, type Message, withoutPersonalInformation } from "../../model/message.ts";
import type { User } from "../../model/user.ts";

/** Number of messages that are read at once, and of those that are changed in parallel. */
const pageSize = 1_000;
const atOnce = 25;

/**
 * Clears the author's personal information in all messages of a user, one by one: a repeated call skips those that are
 * done. A personal conversation has no other author except the business; in a group the user wrote under its id, and
 * under those of the users merged into it.
 */
export async function clearMessages(runtime: Pick<Runtime, "db">, user: User): Promise<void> {
  const first = [user.defaultConversationId, ...user.clients.map((client) => client.conversationId)];
  const done = new Set<string>();
  const clearAll = async (ids: readonly (string | undefined)[]) => {
    for (const id of ids) {
      if (id === undefined || done.has(id)) continue;
      done.add(id);
      await clearConversation(runtime, user, id);
    }
  };
  await clearAll(first);
  if (!user.hasMoreConversations) return;
  const range = { partition: userKey(user.appId, user.id).pk, prefix: conversationEntryPrefix, limit: 25 };
  for await (const entries of pagesOf(runtime.db, range)) await clearAll(entries.map((entry): string => entry.id));
}

async function clearConversation(runtime: Pick<Runtime, "db">, user: User, id: string): Promise<void> {
  const { db } = runtime;
  const key = conversationKey(user.appId, id);
  const record = readConversationRecord(await getItem(db, key));
  // The remaining messages of a merged conversation are moved by the one into which it was merged.
  if (record?.kind !== "open") return;
  const conversation = await moveMergedMessages(runtime, record.conversation);
  const authorIds = new Set([user.id, ...(user.formerIds ?? [])]);
  const isOwn = ({ type, userId }: Message["author"]) =>
    type === "user" && (conversation.type === "personal" || (userId !== undefined && authorIds.has(userId)));
  for await (const items of pagesOf(db, { partition: key.pk, prefix: messagePrefix, limit: pageSize })) {
    const uncleared = items.filter((item) => isOwn(JSON.parse(item.author)) && !isCleared(readMessage(item)));
    for (let start = 0; start < uncleared.length; start += atOnce)
      await Promise.all(uncleared.slice(start, start + atOnce).map((item) => clearMessage(runtime, item)));
  }
  // Providers' ids of messages may hold the person's number, as what they say of a failure may.
  await deleteSentTo(db, key.pk, authorIds);
  // The copy of the latest message names its author, too.
  if (conversation.latest && isOwn(conversation.latest.author))
    await updateItem(db, key, { set: { latest: undefined } }, present);
}

/** Clears one message, unless it was deleted or moved since it was read. */
async function clearMessage({ db }: Pick<Runtime, "db">, item: Item): Promise<void> {
  const cleared = bodyOf(withoutPersonalInformation(readMessage(item)));
  await updateItem(db, { pk: item.pk, sk: item.sk }, { set: { ...cleared, raw: undefined } }, present);
}
