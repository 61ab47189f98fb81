import type { Item } from "../db/db.ts";
import { absent, present } from "../db/expression.ts";
import { countMessages, isOpen, mergedConversationItem } from "../db/items/conversationItem.ts";
import { receiptAddressesOf } from "../db/items/sentItem.ts";
import {
  attachmentEntryPrefix,
  attachmentKey,
  conversationKey,
  type Key,
  messagePrefix,
  namesInConversationKey,
  namesInSentKey,
  receiptKey,
  sentPrefix,
} from "../db/keys.ts";
import { getItem, queryItems } from "../db/readItems.ts";
import type { Runtime } from "../db/runtime.ts";
import { type Operation, transact } from "../db/transact.ts";
import { deleteItem } from "../db/writeItems.ts";
import type { Conversation } from "../model/conversation.ts";
import { now } from "../model/sources/clock.ts";
import { isCounted } from "./messageLedger.ts";

/**
 * Number of messages that one transaction moves: each takes a put and a delete, one more operation counts, and a
 * transaction holds a hundred.
 */
const movedAtOnce = 49;

/**
 * Bytes of JSON that one transaction puts: DynamoDB refuses more than 4 MB, perhaps including the copies in the index.
 * An item has 400 kB at most.
 */
const portionBytes = 1_500_000;

/**
 * Moves the messages of merged conversations into the one that survives, some in each transaction, and then leaves of the
 * merged ones where they went, for a day: what the table's stream tells of their last messages may come that late. May be interrupted anywhere and called again by any request: a message is in one place or the other,
 * never in both, and the conversation lists the remaining ones until there are none. If this conversation is merged
 * into another meanwhile, that one takes over the list.
 */
export async function moveMergedMessages(
  { db }: Pick<Runtime, "db">,
  conversation: Conversation,
): Promise<Conversation> {
  const into = conversationKey(conversation.appId, conversation.id);
  const withoutMerged = { ...conversation, mergedConversationIds: [] };
  for (const mergedId of conversation.mergedConversationIds) {
    const from = conversationKey(conversation.appId, mergedId);
    const left = await getItem(db, from);
    for (;;) {
      const { items } = await queryItems(db, { partition: from.pk, prefix: messagePrefix, limit: movedAtOnce });
      if (items.length === 0) break;
      for (const portion of portionsOf(items))
        if ((await movePortion({ db }, { portion, left }, into)) === "merged meanwhile") return withoutMerged;
    }
    if ((await moveRest({ db }, from, into)) === "merged meanwhile") return withoutMerged;
    await transact(db, {
      merged: { put: mergedConversationItem(from, conversation.id, now()) },
      conversation: { update: into, remove: { absorbing: new Set([mergedId]) }, condition: isOpen },
    });
  }
  return withoutMerged;
}

type Moved = "moved" | "merged meanwhile";

/**
 * Number of attachments that one transaction moves, each of which takes a put, a delete and an update beside the one
 * operation that counts; and of messages of which it moves what became of them on channels.
 */
const restAtOnce = 33;
/** Number of writes that a transaction holds beside that one. */
const writesAtOnce = 99;

/** Moves what stands beside a conversation's messages: its attachments, and what became of messages on channels. */
async function moveRest({ db }: Pick<Runtime, "db">, from: Key, into: Key): Promise<Moved> {
  for (;;) {
    const { items } = await queryItems(db, { partition: from.pk, limit: restAtOnce });
    const under = (prefix: string) => items.filter(({ sk }) => String(sk).startsWith(prefix));
    const [attachments, sent] = [under(attachmentEntryPrefix), under(sentPrefix)];
    if (attachments.length === 0 && sent.length === 0) return "moved";
    const moved = attachments.length > 0 ? moveAttachments({ db }, attachments, into) : moveSent({ db }, sent, into);
    if ((await moved) === "merged meanwhile") return "merged meanwhile";
  }
}

/** Moves entries of a conversation's attachments beside another one, which the attachments name from then on. */
async function moveAttachments({ db }: Pick<Runtime, "db">, items: readonly Item[], into: Key): Promise<Moved> {
  const { appId, id } = namesInConversationKey(into.pk);
  const moved = await transact(db, {
    conversation: countMessages(into, 0),
    puts: items.map((item): Operation => ({ put: { ...item, pk: into.pk } })),
    deletes: items.map(({ pk, sk }): Operation => ({ delete: { pk, sk } })),
    attachments: items.map(
      (item): Operation => ({
        update: attachmentKey(appId, item.id),
        set: { conversationId: id },
        condition: present,
      }),
    ),
  });
  if (moved.done) return "moved";
  if (moved.failed.conversation) return "merged meanwhile";
  // One that was deleted since is listed no longer.
  const gone = items.filter((_, index) => moved.failed.attachments?.[index]);
  for (const { pk, sk } of gone) await deleteItem(db, { pk, sk });
  return "moved";
}

/** Moves what became of messages on channels beside them, and tells where reports find it. */
async function moveSent({ db }: Pick<Runtime, "db">, items: readonly Item[], into: Key): Promise<Moved> {
  const { appId, id } = namesInConversationKey(into.pk);
  const writes = items.map((item): readonly Operation[] => [
    { put: { ...item, pk: into.pk, moved: true } },
    { delete: { pk: item.pk, sk: item.sk } },
    ...receiptAddressesOf(item).map((address): Operation => {
      const { pk, sk } = receiptKey(appId, address);
      return { put: { pk, sk, conversationId: id, ...namesInSentKey(item.sk), expiresAt: item.expiresAt } };
    }),
  ]);
  const moved = await transact(db, { conversation: countMessages(into, 0), writes: fittingIn(writes) });
  return moved.done ? "moved" : "merged meanwhile";
}

/** Takes what fits into one transaction, from the first on. */
function fittingIn(writes: readonly (readonly Operation[])[]): readonly Operation[] {
  let count = 0;
  const end = writes.findIndex((some) => {
    count += some.length;
    return count > writesAtOnce;
  });
  return writes.slice(0, end === -1 ? writes.length : Math.max(1, end)).flat();
}

/** Divides messages into portions that one transaction can move, whatever their size. */
function portionsOf(items: readonly Item[]): readonly (readonly Item[])[] {
  const portions: Item[][] = [];
  let room = 0;
  for (const item of items) {
    const weight = Buffer.byteLength(JSON.stringify(item));
    if (weight > room) {
      portions.push([]);
      room = portionBytes;
    }
    portions.at(-1)?.push(item);
    room -= weight;
  }
  return portions;
}

async function movePortion(
  { db }: Pick<Runtime, "db">,
  { portion, left }: { readonly portion: readonly Item[]; readonly left: Item | undefined },
  into: Key,
): Promise<"moved" | "merged meanwhile"> {
  const uncounted = portion.filter((item) => !isCounted(left, item)).length;
  const moved = await transact(db, {
    // Counts messages that were put and never counted. Requires that the conversation is open: in one that was merged
    // itself no request would look.
    conversation: countMessages(into, uncounted),
    puts: portion.map((item): Operation => ({ put: movedItem(item, into), condition: absent })),
    // A message that was moved or deleted since it was read is not brought back.
    deletes: portion.map((item): Operation => ({ delete: { pk: item.pk, sk: item.sk }, condition: present })),
  });
  if (moved.done) return "moved";
  if (moved.failed.conversation) return "merged meanwhile";
  // A put that failed is of a message that its channel delivered again, where the conversation is now, while it was
  // here. It counts once: the merge counted it if it was counted here, and so did its second delivery.
  const redelivered = portion.filter((_, index) => moved.failed.puts?.[index]);
  for (const item of redelivered)
    await transact(db, {
      conversation: countMessages(into, isCounted(left, item) ? -1 : 0),
      message: { delete: { pk: item.pk, sk: item.sk }, condition: present },
    });
  return "moved";
}

/**
 * Writes a message at its new place, marked as moved, so that it is not told as a new one. A channel's is marked as
 * counted, since its token stays behind.
 */
const movedItem = (item: Item, into: Key): Item => ({
  ...item,
  pk: into.pk,
  moved: true,
  ...(item.nonce === undefined ? {} : { counted: true }),
});
