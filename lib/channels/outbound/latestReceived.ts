import { readMessage, unexpired } from "../../db/items/messageItem.ts";
import { conversationKey } from "../../db/keys.ts";
import { queryItems } from "../../db/readItems.ts";
import type { Runtime } from "../../db/runtime.ts";
import type { LatestReceived } from "../../model/channelCall.ts";

/** Number of a conversation's latest messages among which the person's is looked for. */
const lookedAt = 50;

/** Finds the latest message that a person wrote on an integration, if it is among a conversation's latest. */
export async function latestReceived(
  { db }: Pick<Runtime, "db">,
  { appId, conversationId }: { readonly appId: string; readonly conversationId: string },
  integrationId: string,
): Promise<LatestReceived | undefined> {
  const partition = conversationKey(appId, conversationId).pk;
  const { items } = await queryItems(db, { partition, index: "order", descending: true, limit: lookedAt });
  for (const { author, source, received, raw } of unexpired(items).map(readMessage)) {
    const { originalMessageId: externalId } = source;
    if (author.type === "user" && source.integrationId === integrationId && externalId !== undefined)
      return { externalId, received, raw };
  }
  return undefined;
}
