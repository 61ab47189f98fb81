import { createHash } from "node:crypto";
import type { Message } from "../domain/message.ts";
import { open } from "./conversationItem.ts";
import type { Key } from "./keys.ts";
import { unexpired } from "./messageItem.ts";
import { pagesOf } from "./pagesOf.ts";
import { type Expression, type Item, type Operation, present, type Table } from "./table.ts";

/**
 * Which messages of channels their conversation has counted. A message is put first and counted second, in two writes that
 * cost half of what a transaction does; so a conversation keeps a token of each message with the write that counts it. By
 * that, a delivery that comes again knows what a Lambda left uncounted, whatever was counted since.
 *
 * Tokens are kept in two turns, `counted` and `countedBefore`. When a turn is full, the older one is forgotten: after the
 * messages of its time were looked through for such as were put and never counted. Those up to `settledUntil` are counted.
 */

/** How many tokens a turn holds: two turns leave room in the write unit that a conversation costs. */
const room = 16;

/** How many uncounted messages are counted in one transaction, and messages are looked through at once. */
const together = 40;
const page = 200;

/** A message as far as it tells whether it is counted. */
type Countable = Pick<Message, "id" | "received">;

/** The token of a message: of its time as well, so that one that was deleted and comes again is another. */
const tokenOf = ({ id, received }: Item | Countable): string =>
  createHash("sha256").update(`${id}#${received}`).digest("base64url").slice(0, 7);

/** A message of a channel is put before it is counted, by a write that names itself; every other one with its count. */
const isCountedApart = (message: Item): boolean => message.nonce !== undefined && message.counted === undefined;

/** Whether a conversation has the token of a message. */
export const hasToken = (conversation: Item, message: Item | Countable): boolean =>
  [conversation.counted, conversation.countedBefore].some((turn: Set<string> | undefined) =>
    turn?.has(tokenOf(message)),
  );

/** Whether a message that stands in a conversation is counted there. Without the conversation there is nothing to count. */
export const isCounted = (conversation: Item | undefined, message: Item): boolean =>
  conversation === undefined ||
  !isCountedApart(message) ||
  message.received <= (conversation.settledUntil ?? "") ||
  hasToken(conversation, message);

/** Whether the next token needs another turn. */
export const isFull = ({ counted }: Item): boolean => ((counted as Set<string> | undefined)?.size ?? 0) >= room;

const untold = (name: string): string => `NOT contains(counted, ${name}) AND NOT contains(countedBefore, ${name})`;

/** A change of a conversation that counts a message, and what must hold for it. */
export interface Counting {
  readonly change: Expression;
  readonly condition: Expression;
}

/** What counts a message once: its token is added, and was not there. Fails also where the turn is full. */
export const countingOnce = (message: Countable): Counting => {
  const token = tokenOf(message);
  return {
    change: { text: "ADD counted :tokens", values: { ":tokens": new Set([token]) } },
    condition: {
      text: `${untold(":token")} AND (attribute_not_exists(counted) OR size(counted) < :room)`,
      values: { ":token": token, ":room": room },
    },
  };
};

/**
 * The operation that changes a conversation's number of messages, and notes some as counted that were not. Fails where one
 * of them was counted meanwhile.
 */
function noting(key: Key, uncounted: readonly Item[], more: number): Operation {
  const tokens = uncounted.map(tokenOf);
  return {
    update: key,
    change: {
      text: `SET messageCount = messageCount + :more REMOVE latest${tokens.length === 0 ? "" : " ADD counted :tokens"}`,
      values: { ":more": more, ...(tokens.length === 0 ? {} : { ":tokens": new Set(tokens) }) },
    },
    condition: {
      text: [open.text, ...tokens.map((_, index) => untold(`:t${index}`))].join(" AND "),
      values: Object.fromEntries(tokens.map((token, index) => [`:t${index}`, token])),
    },
  };
}

/** The operation that takes messages from a conversation's number as far as they are counted: the others never will be. */
export function uncount(key: Key, conversation: Item | undefined, messages: readonly Item[]): Operation {
  const uncounted = messages.filter((one) => !isCounted(conversation, one));
  return noting(key, uncounted, uncounted.length - messages.length);
}

/** The operation that notes a message to be counted beside the conversation's tokens. */
const mark = ({ pk, sk }: Item): Operation => ({
  update: { pk, sk },
  change: { text: "SET counted = :true", values: { ":true": true } },
  condition: { text: `${present.text} AND attribute_not_exists(counted)` },
});

/**
 * Counts a message that stands in a conversation which looked through its time before, by a transaction that marks the
 * message: it may have been found there and counted, or not.
 */
export async function countLate(table: Table, key: Key, message: Key): Promise<void> {
  await table.transact([noting(key, [], 1), mark(message)]);
}

/** Begins the next turn of tokens, and counts what was put in the time of the one that is forgotten and never counted. */
export async function nextTurn(table: Table, key: Key, conversation: Item): Promise<void> {
  const { turnedAt } = conversation;
  if (turnedAt !== undefined) {
    const uncounted = await uncountedUntil(table, conversation, turnedAt);
    for (let start = 0; start < uncounted.length; start += together) {
      const part = uncounted.slice(start, start + together);
      const written = await table.transact([noting(key, part, part.length), ...part.map(mark)]);
      // Deleted, moved or counted meanwhile, they are looked for again when the next message comes.
      if (!written.done) return;
    }
  }
  await table.update(
    key,
    {
      text: `SET countedBefore = counted, turnedAt = lastUpdatedAt${turnedAt === undefined ? "" : ", settledUntil = :settled"} REMOVE counted`,
      values: { ":settled": turnedAt },
    },
    {
      text: `${open.text} AND size(counted) >= :room AND ${turnedAt === undefined ? "attribute_not_exists(turnedAt)" : "turnedAt = :settled"}`,
      values: { ":room": room },
    },
  );
}

/** The messages up to a time that their conversation has not counted, among those that were not looked through before. */
async function uncountedUntil(table: Table, conversation: Item, until: string): Promise<readonly Item[]> {
  const { pk: partition, settledUntil } = conversation;
  const found: Item[] = [];
  // Every message of the millisecond itself sorts behind its bare time: `~` is beyond the `#` that follows it.
  const settled = settledUntil === undefined ? {} : { beyond: `${settledUntil}~` };
  for await (const items of pagesOf(table, { partition, index: "order", limit: page, ...settled })) {
    found.push(...unexpired(items).filter((one) => one.received <= until && !isCounted(conversation, one)));
    if (items.at(-1)?.received > until) break;
  }
  return found;
}
