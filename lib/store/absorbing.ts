import type { Conversation } from "../domain/conversation.ts";
import { countMessages, open } from "./conversationItem.ts";
import { conversationKey, type Key, messagePrefix } from "./keys.ts";
import { isCounted } from "./messageLedger.ts";
import { absent, type Item, type Operation, present, type Table } from "./table.ts";

/**
 * A message that somebody else moved or deleted since it was read is not brought back. What a channel delivered is marked
 * as counted: the tokens which said so stay behind.
 */
const move = (item: Item, into: Key): readonly Operation[] => [
  { put: { ...item, pk: into.pk, ...(item.nonce === undefined ? {} : { counted: true }) }, condition: absent },
  { delete: { pk: item.pk, sk: item.sk }, condition: present },
];

/** Messages moved in one transaction: each is a put and a delete, one more counts, and a transaction holds a hundred. */
const step = 49;

/**
 * How much one transaction puts, in bytes of JSON: DynamoDB refuses more than 4 MB, perhaps with the copies in the index.
 * An item has 400 kB at most.
 */
const load = 1_500_000;

/** The messages in portions that one transaction moves, whatever they weigh. */
function portionsOf(items: readonly Item[]): readonly (readonly Item[])[] {
  const portions: Item[][] = [];
  let room = 0;
  for (const item of items) {
    const weight = Buffer.byteLength(JSON.stringify(item));
    if (weight > room) {
      portions.push([]);
      room = load;
    }
    portions.at(-1)?.push(item);
    room -= weight;
  }
  return portions;
}

/**
 * Moves the messages of merged conversations into the one that survives, some in each transaction, and then forgets the
 * merged ones. May be interrupted anywhere and called again by anybody: a message is in one place or the other, never in
 * both, and the conversation says what is left to do until nothing is. Whoever absorbs the conversation itself meanwhile
 * has that to do from then on.
 */
export async function absorbAll(table: Table, conversation: Conversation): Promise<Conversation> {
  const into = conversationKey(conversation.appId, conversation.id);
  for (const mergedId of conversation.absorbing) {
    const from = conversationKey(conversation.appId, mergedId);
    const left = await table.get(from);
    for (;;) {
      const { items } = await table.query({ partition: from.pk, prefix: messagePrefix, limit: step });
      if (items.length === 0) break;
      for (const portion of portionsOf(items)) {
        // Counts what was put and never counted where it was. Holds only while the conversation stands: in one that is
        // absorbed itself nobody would look.
        const uncounted = portion.filter((item) => !isCounted(left, item)).length;
        const moved = await table.transact([
          countMessages(into, uncounted),
          ...portion.flatMap((item) => move(item, into)),
        ]);
        if (moved.done) continue;
        if (moved.failed[0]) return { ...conversation, absorbing: [] };
        // A put that failed is a message that its channel delivered again, where the conversation is now, while it was here.
        // It counts once: the merge counted it where it was counted here, and so does its second delivery.
        const doubled = portion.filter((_, index) => moved.failed[1 + 2 * index]);
        for (const item of doubled)
          await table.transact([
            countMessages(into, isCounted(left, item) ? -1 : 0),
            { delete: { pk: item.pk, sk: item.sk }, condition: present },
          ]);
      }
    }
    await table.transact([
      { delete: from },
      {
        update: into,
        change: { text: "DELETE absorbing :merged", values: { ":merged": new Set([mergedId]) } },
        condition: open,
      },
    ]);
  }
  return { ...conversation, absorbing: [] };
}
