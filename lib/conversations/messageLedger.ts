import { createHash } from "node:crypto";
import type { Item } from "../db/db.ts";
import {
  and,
  type Changes,
  type Condition,
  compare,
  equals,
  increment,
  lacks,
  missing,
  or,
  present,
  sizeIs,
} from "../db/expression.ts";
import { isOpen } from "../db/items/conversationItem.ts";
import { unexpired } from "../db/items/messageItem.ts";
import type { Key } from "../db/keys.ts";
import { pagesOf } from "../db/pagesOf.ts";
import type { Runtime } from "../db/runtime.ts";
import { type Operation, transact } from "../db/transact.ts";
import { updateItem } from "../db/writeItems.ts";
import type { Message } from "../model/message.ts";

/**
 * Records which messages of channels their conversation has counted. A message is put first and counted second, in two
 * writes that cost half as much as a transaction; so a conversation stores a token of each message with the write that
 * counts it. By that, a redelivery recognises a message that a Lambda left uncounted, whatever was counted since.
 * Tokens are stored in two sets, `counted` and `countedBefore`. When the first is full, the older one is dropped, after
 * the messages of its time were searched for any that were put and never counted. All messages up to `settledUntil` are
 * counted.
 */

/** Number of tokens in a set: two sets fit into the write unit that a conversation costs. */
const setSize = 16;

/** Number of uncounted messages that one transaction counts, and of messages that are searched at once. */
const countedAtOnce = 40;
const pageSize = 200;

/** The part of a message that identifies its token. */
type Countable = Pick<Message, "id" | "received">;

/**
 * Makes the token of a message: from its time as well, so that a message that was deleted and comes again has another
 * one.
 */
const tokenOf = ({ id, received }: Item | Countable): string =>
  createHash("sha256").update(`${id}#${received}`).digest("base64url").slice(0, 7);

/** Tells whether a message was put before it was counted, as those of channels are; their `nonce` names the write. */
export const isCountedApart = (message: Item): boolean => message.nonce !== undefined && message.counted === undefined;

/** Tells whether a conversation has the token of a message. */
export function hasToken({ counted, countedBefore }: Item, message: Item | Countable): boolean {
  const token = tokenOf(message);
  return [counted, countedBefore].some((tokens: Set<string> | undefined) => tokens?.has(token));
}

/** Tells whether a message is counted in its conversation. Without the conversation there is nothing to count. */
export const isCounted = (conversation: Item | undefined, message: Item): boolean =>
  conversation === undefined || !isCountedApart(message) || wasCounted(conversation, message as Item & Countable);

/** Tells whether a conversation counted a message that was put before it was counted. */
export const wasCounted = (conversation: Item, message: Countable): boolean =>
  message.received <= (conversation.settledUntil ?? "") || hasToken(conversation, message);

/** Tells whether the next token needs a new set. */
export const isFull = ({ counted }: Item): boolean => ((counted as Set<string> | undefined)?.size ?? 0) >= setSize;

/** Requires that a conversation has none of these tokens. */
const hasNone = (tokens: readonly string[]): Condition =>
  and(...tokens.flatMap((token) => [lacks("counted", token), lacks("countedBefore", token)]));

/** A change of a conversation that counts a message, and its condition. */
export interface Counting extends Changes {
  readonly condition: Condition;
}

/** Counts a message once: adds its token, which must not be there yet. Fails also if the set is full. */
export function countingOnce(message: Countable): Counting {
  const token = tokenOf(message);
  return {
    add: { counted: new Set([token]) },
    condition: and(hasNone([token]), or(missing("counted"), sizeIs("counted", "<", setSize))),
  };
}

/** Requires that the time of a message was not searched yet. */
export const isUnsettled = ({ received }: Countable): Condition =>
  or(missing("settledUntil"), compare("settledUntil", "<", received));

/**
 * Changes a conversation's number of messages, and records some as counted. Fails if one of them was counted meanwhile.
 */
function changeCount(key: Key, more: number, uncounted: readonly Item[]): Operation {
  const tokens = uncounted.map(tokenOf);
  return {
    update: key,
    set: { messageCount: increment(more), latest: undefined },
    ...(tokens.length === 0 ? {} : { add: { counted: new Set(tokens) } }),
    condition: and(isOpen, tokens.length === 0 ? undefined : hasNone(tokens)),
  };
}

/**
 * Subtracts counted messages from a conversation's number, and records the others so that they will never be counted.
 */
export function uncount(key: Key, conversation: Item | undefined, messages: readonly Item[]): Operation {
  const uncounted = messages.filter((one) => !isCounted(conversation, one));
  return changeCount(key, uncounted.length - messages.length, uncounted);
}

/** Marks a message itself as counted, apart from the conversation's tokens. */
const markCounted = ({ pk, sk }: Key): Operation => ({
  update: { pk, sk },
  set: { counted: true },
  condition: and(present, missing("counted")),
});

/**
 * Counts a message of a time that was searched already, by a transaction that marks the message: the search may have
 * counted it, or not.
 */
export async function countLate({ db }: Pick<Runtime, "db">, key: Key, message: Key): Promise<void> {
  await transact(db, { conversation: changeCount(key, 1, []), message: markCounted(message) });
}

/**
 * Starts a new set of tokens, and counts the messages from the time of the dropped set that were put and never counted.
 */
export async function startNextSet({ db }: Pick<Runtime, "db">, key: Key, conversation: Item): Promise<void> {
  const { turnedAt } = conversation;
  if (turnedAt !== undefined) {
    const uncounted = await uncountedUntil({ db }, conversation, turnedAt);
    for (let start = 0; start < uncounted.length; start += countedAtOnce) {
      const part = uncounted.slice(start, start + countedAtOnce);
      const written = await transact(db, {
        conversation: changeCount(key, part.length, part),
        messages: part.map((item) => markCounted({ pk: item.pk, sk: item.sk })),
      });
      // If one was deleted, moved or counted meanwhile, the next message searches again.
      if (!written.done) return;
    }
  }
  const changes = {
    countedBefore: conversation.counted,
    turnedAt: conversation.lastUpdatedAt,
    ...(turnedAt === undefined ? {} : { settledUntil: turnedAt }),
    counted: undefined,
  };
  await updateItem(
    db,
    key,
    { set: changes },
    and(
      isOpen,
      sizeIs("counted", ">=", setSize),
      turnedAt === undefined ? missing("turnedAt") : equals("turnedAt", turnedAt),
    ),
  );
}

/** Reads the uncounted messages up to a time, from where the last search ended. */
async function uncountedUntil(
  { db }: Pick<Runtime, "db">,
  conversation: Item,
  until: string,
): Promise<readonly Item[]> {
  const { pk: partition, settledUntil } = conversation;
  const found: Item[] = [];
  // Every message of the millisecond itself sorts after its bare time: `~` is greater than the `#` that follows it.
  const settled = settledUntil === undefined ? {} : { beyond: `${settledUntil}~` };
  for await (const items of pagesOf(db, { partition, index: "order", limit: pageSize, ...settled })) {
    found.push(...unexpired(items).filter((one) => one.received <= until && !isCounted(conversation, one)));
    if (items.at(-1)?.received > until) break;
  }
  return found;
}
