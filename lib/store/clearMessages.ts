import { isCleared, withoutPersonalInformation } from "../domain/message.ts";
import type { User } from "../domain/user.ts";
import { absorbAll } from "./absorbing.ts";
import { readConversation } from "./conversationItem.ts";
import { conversationEntryPrefix, conversationKey, type Key, messagePrefix, userKey } from "./keys.ts";
import { bodyOf, readMessage } from "./messageItem.ts";
import { pagesOf } from "./pagesOf.ts";
import { type Item, present, type Table } from "./table.ts";

/** Messages read at once, and those of them that are changed beside one another. */
const page = 1_000;
const atOnce = 25;

/**
 * Clears what tells who wrote them in all messages of a user, one by one: interrupted, it passes over those that are done
 * when it is called again. A personal conversation has no other author but the business; in a group the user speaks under
 * its id, and under those of the users merged into it.
 */
export async function clearMessages(table: Table, user: User): Promise<void> {
  const first = [user.defaultConversationId, ...user.clients.map((client) => client.conversationId)];
  const done = new Set<string>();
  const clearAll = async (ids: readonly (string | undefined)[]) => {
    for (const id of ids) {
      if (id === undefined || done.has(id)) continue;
      done.add(id);
      await clearConversation(table, user, id);
    }
  };
  await clearAll(first);
  if (!user.hasMoreConversations) return;
  const range = { partition: userKey(user.appId, user.id).pk, prefix: conversationEntryPrefix, limit: 25 };
  for await (const entries of pagesOf(table, range)) await clearAll(entries.map((entry): string => entry.id));
}

async function clearConversation(table: Table, user: User, id: string): Promise<void> {
  const key = conversationKey(user.appId, id);
  const item = await table.get(key);
  // What is left of a merged conversation is the business of the one it was merged into.
  if (item === undefined || item.mergedInto !== undefined) return;
  const conversation = await absorbAll(table, readConversation(item));
  const speakers = new Set([user.id, ...(user.formerIds ?? [])]);
  const isOwn = ({ type, userId }: { readonly type: string; readonly userId?: string | undefined }) =>
    type === "user" && (conversation.type === "personal" || (userId !== undefined && speakers.has(userId)));
  for await (const messages of pagesOf(table, { partition: key.pk, prefix: messagePrefix, limit: page })) {
    const named = messages.filter((one) => isOwn(JSON.parse(one.author)) && !isCleared(readMessage(one)));
    for (let start = 0; start < named.length; start += atOnce)
      await Promise.all(named.slice(start, start + atOnce).map((one) => clear(table, key, one)));
  }
  // The copy of what was said last names its author, too.
  if (conversation.latest && isOwn(conversation.latest.author))
    await table.update(key, { text: "REMOVE latest" }, present);
}

/** Clears one message, unless it was deleted or moved since it was read. */
async function clear(table: Table, { pk }: Key, item: Item): Promise<void> {
  const { author, content, source } = bodyOf(withoutPersonalInformation(readMessage(item)));
  await table.update(
    { pk, sk: item.sk },
    {
      text: "SET author = :author, content = :content, #source = :source REMOVE #raw",
      names: { "#source": "source", "#raw": "raw" },
      values: { ":author": author, ":content": content, ":source": source },
    },
    present,
  );
}
