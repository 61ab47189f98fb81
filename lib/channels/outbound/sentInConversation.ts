import { readSent, type SentMessage } from "../../db/items/sentItem.ts";
import { conversationKey, sentPrefix } from "../../db/keys.ts";
import { queryItems } from "../../db/readItems.ts";
import type { Runtime } from "../../db/runtime.ts";

/** Number of messages of which it is answered what became of them. */
const limit = 500;

/** Lists what became of the latest messages of a conversation on their channels. For the local page. */
export async function sentInConversation(
  { db }: Pick<Runtime, "db">,
  appId: string,
  conversationId: string,
): Promise<readonly SentMessage[]> {
  const { pk: partition } = conversationKey(appId, conversationId);
  const { items } = await queryItems(db, { partition, prefix: sentPrefix, descending: true, limit });
  return items.map(readSent);
}
