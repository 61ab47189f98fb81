import { and, at, compare, equals, exists, missing, or } from "../db/expression.ts";
import { conversationItem, isOpen, readConversationRecord } from "../db/items/conversationItem.ts";
import { conversationKey } from "../db/keys.ts";
import { getItem } from "../db/readItems.ts";
import { conflict, retryOnConflict } from "../db/retryOnConflict.ts";
import type { Runtime } from "../db/runtime.ts";
import { updateItem } from "../db/writeItems.ts";
import type { Conversation } from "../model/conversation.ts";
import { findConversation } from "./findConversation.ts";

/** A conversation by its app and id. */
interface ConversationName {
  readonly appId: string;
  readonly id: string;
}

/**
 * Changes a conversation's name, description, icon and metadata as they are now.
 * @returns the conversation, or `undefined` if it is gone
 */
export async function updateConversation(
  runtime: Pick<Runtime, "db" | "now">,
  { appId, id }: ConversationName,
  change: (conversation: Conversation) => Conversation,
): Promise<Conversation | undefined> {
  const key = conversationKey(appId, id);
  let item = await getItem(runtime.db, key);
  return retryOnConflict(async () => {
    const record = readConversationRecord(item);
    if (item === undefined || record?.kind !== "open") return undefined;
    const { displayName, description, iconUrl, metadata } = conversationItem(change(record.conversation));
    const version = item.version ?? 0;
    const written = await updateItem(
      runtime.db,
      key,
      { set: { version: version + 1, displayName, description, iconUrl, metadata } },
      and(isOpen, or(missing("version"), equals("version", version))),
    );
    // The counters may have changed meanwhile, so the answer is read again.
    if (written.done) return findConversation(runtime, appId, id);
    item = written.existing;
    return conflict;
  });
}

/**
 * Marks everything in a conversation as read, by one participant or by the business.
 * @param reader with the time up to which a channel reports that it read: nothing is marked if it did so since then
 * @returns `false` if there is no such conversation or participant
 */
export async function markConversationRead(
  { db }: Pick<Runtime, "db">,
  { appId, id }: ConversationName,
  reader: { readonly userId: string; readonly upTo?: Date | undefined } | "business",
  receivedAt: Date,
): Promise<boolean> {
  const now = receivedAt.toISOString();
  if (reader === "business") {
    const written = await updateItem(db, conversationKey(appId, id), { set: { businessLastRead: now } }, isOpen);
    return written.done;
  }
  const participant = (attribute: string) => at("participants", reader.userId, attribute);
  const { upTo } = reader;
  const isNews =
    upTo && or(missing(participant("lastRead")), compare(participant("lastRead"), "<", upTo.toISOString()));
  const written = await updateItem(
    db,
    conversationKey(appId, id),
    { set: { [participant("unreadCount")]: 0, [participant("lastRead")]: now } },
    and(isOpen, exists(at("participants", reader.userId)), isNews),
  );
  return written.done;
}
