import { readConversationRecord } from "../db/items/conversationItem.ts";
import { conversationKey } from "../db/keys.ts";
import { getItem, getItems } from "../db/readItems.ts";
import type { Runtime } from "../db/runtime.ts";
import { apiError } from "../model/apiError.ts";
import { type Conversation, participantOf, withoutExpired } from "../model/conversation.ts";
import type { User } from "../model/user.ts";
import { moveMergedMessages } from "./moveMergedMessages.ts";

type Reading = Pick<Runtime, "db" | "now">;

/** Finds a conversation as it is stored, unless it was merged into another or deleted. */
export async function findOpenConversation(
  { db }: Pick<Runtime, "db">,
  appId: string,
  conversationId: string | undefined,
): Promise<Conversation | undefined> {
  if (conversationId === undefined) return undefined;
  const record = readConversationRecord(await getItem(db, conversationKey(appId, conversationId)));
  return record?.kind === "open" ? record.conversation : undefined;
}

/** Finds a conversation as callers see it: with the messages of those merged into it, and without expired ones. */
export async function findConversation(
  runtime: Reading,
  appId: string,
  conversationId: string,
): Promise<Conversation | undefined> {
  const conversation = await findOpenConversation(runtime, appId, conversationId);
  return conversation && withMergedMessages(runtime, withoutExpired(conversation, runtime.now()));
}

/**
 * Finds a conversation that a user takes part in.
 *
 * @throws ApiError `conversation_not_found` for one that does not exist, and alike for one of other users
 */
export async function findConversationOf(runtime: Reading, user: User, conversationId = ""): Promise<Conversation> {
  const conversation = await findConversation(runtime, user.appId, conversationId);
  if (!conversation || !participantOf(conversation, user.id)) throw apiError.conversationNotFound();
  return conversation;
}

/** Finds the existing conversations of these ids, in the given order, without expired messages. */
export async function findConversations(
  { db, now }: Reading,
  appId: string,
  conversationIds: readonly string[],
): Promise<readonly Conversation[]> {
  const items = await getItems(
    db,
    conversationIds.map((id) => conversationKey(appId, id)),
  );
  return items
    .map(readConversationRecord)
    .flatMap((record) => (record?.kind === "open" ? [withoutExpired(record.conversation, now())] : []));
}

/** Moves the remaining messages of merged conversations into this one, if there are any. */
export async function withMergedMessages(
  runtime: Pick<Runtime, "db">,
  conversation: Conversation,
): Promise<Conversation> {
  return conversation.mergedConversationIds.length === 0 ? conversation : moveMergedMessages(runtime, conversation);
}
