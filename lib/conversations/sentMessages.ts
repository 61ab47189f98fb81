import type { Db, Item } from "../db/db.ts";
import { readSent, receiptAddressesOf } from "../db/items/sentItem.ts";
import { type Key, namesInConversationKey, namesInSentKey, receiptKey, sentPrefix, sentPrefixOf } from "../db/keys.ts";
import { pagesOf } from "../db/pagesOf.ts";
import { deleteItem } from "../db/writeItems.ts";

/** Number of items that are read at once. */
const pageSize = 100;

/** Number of items that are deleted in parallel: each by itself, since what deletes a message may delete no more at once. */
const atOnce = 25;

/** Lists the keys of what became of messages, and of the addresses at which reports find them. */
const keysOfSent = (items: readonly Item[]): readonly Key[] =>
  items.flatMap((item) => {
    const { appId } = namesInConversationKey(item.pk);
    return [{ pk: item.pk, sk: item.sk }, ...receiptAddressesOf(item).map((address) => receiptKey(appId, address))];
  });

/** Deletes what became of messages on channels, before the messages: a call that was interrupted finds them again. */
export async function deleteSentOf(db: Db, messages: readonly Item[]): Promise<void> {
  // People's own messages are sent nowhere.
  const sent = messages.filter(({ author }) => JSON.parse(author).type === "business");
  const ids = new Set(sent.map(({ id }): string => id));
  const [first, last] = [[...ids].sort()[0], [...ids].sort().at(-1)];
  const partition: string | undefined = sent[0]?.pk;
  if (partition === undefined || first === undefined || last === undefined) return;
  const range =
    first === last ? { prefix: sentPrefixOf(first) } : { prefix: sentPrefix, beyond: `${sentPrefix}${first}` };
  for await (const items of pagesOf(db, { partition, ...range, limit: pageSize })) {
    const messageIdOf = ({ sk }: Item): string => namesInSentKey(sk).messageId;
    await deleteSent(
      db,
      items.filter((item) => ids.has(messageIdOf(item))),
    );
    if (items.some((item) => messageIdOf(item) > last)) return;
  }
}

/** Deletes what became of messages in a conversation that were sent to a user, of whom they tell. */
export async function deleteSentTo(db: Db, partition: string, userIds: ReadonlySet<string>): Promise<void> {
  for await (const items of pagesOf(db, { partition, prefix: sentPrefix, limit: pageSize })) {
    const own = items.filter((item) => userIds.has(readSent(item).destination?.userId ?? ""));
    await deleteSent(db, own);
  }
}

/** Deletes what became of messages, and the addresses at which reports find it. */
export async function deleteSent(db: Db, items: readonly Item[]): Promise<void> {
  const keys = keysOfSent(items);
  for (let start = 0; start < keys.length; start += atOnce)
    await Promise.all(keys.slice(start, start + atOnce).map((key) => deleteItem(db, key)));
}
