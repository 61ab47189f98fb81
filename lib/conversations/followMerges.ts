import { readConversationRecord } from "../db/items/conversationItem.ts";
import { conversationKey } from "../db/keys.ts";
import { getItem } from "../db/readItems.ts";
import type { Runtime } from "../db/runtime.ts";
import type { Conversation } from "../model/conversation.ts";

/** Number of conversations that are followed to the one into which they were merged. */
export const mergeLimit = 10;

/** Finds a conversation, or the one into which it was merged; `undefined` if that is gone. */
export async function followMerges(
  { db }: Pick<Runtime, "db">,
  appId: string,
  conversationId: string,
): Promise<Conversation | undefined> {
  let id = conversationId;
  for (let step = 0; step < mergeLimit; step++) {
    const record = readConversationRecord(await getItem(db, conversationKey(appId, id)));
    if (record?.kind === "open") return record.conversation;
    if (record?.kind !== "merged") return undefined;
    id = record.into;
  }
  return undefined;
}
