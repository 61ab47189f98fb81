import type { Item } from "../db/db.ts";
import { readMessage, unexpired } from "../db/items/messageItem.ts";
import { conversationKey, messageKey } from "../db/keys.ts";
import { getItem, queryItems } from "../db/readItems.ts";
import type { Runtime } from "../db/runtime.ts";
import { type Conversation, messageLimit } from "../model/conversation.ts";
import type { Message } from "../model/message.ts";
import type { Page, PageQuery } from "../model/page.ts";

type Reading = Pick<Runtime, "db">;

/** The messages of a page, unless they are large. Source: the vendor's OpenAPI description, "List Messages". */
const pageSize = 100;

/**
 * Bytes of the messages on a page as they are stored: a Lambda answers 6 MB at most, and the ids of a form's options on
 * the SDKs' wire make six times as many of them.
 */
const pageBytes = 800_000;

/** A page in the order of receipt, or in the opposite order. */
interface PageRange {
  /** The sort key after which the page begins. */
  readonly from: string | undefined;
  readonly descending: boolean;
  /** Whether the page never ends between messages of one time, so that the time is a cursor. */
  readonly wholeTimes?: boolean;
}

/**
 * Shows a user's message in a personal conversation as the present user's, also that of a user merged into it since.
 */
function withCurrentAuthor(conversation: Conversation, message: Message): Message {
  const currentUser = conversation.type === "personal" ? conversation.participants[0] : undefined;
  if (message.author.type !== "user" || !currentUser || currentUser.userId === message.author.userId) return message;
  return { ...message, author: { ...message.author, userId: currentUser.userId } };
}

const messageReader =
  (conversation: Conversation) =>
  (item: Item): Message =>
    withCurrentAuthor(conversation, readMessage(item));

/** Adds its latest message to a conversation, which is looked up if the conversation has no copy of it. */
export async function withLatestMessage({ db }: Reading, conversation: Conversation): Promise<Conversation> {
  if (conversation.messageCount === 0) return { ...conversation, latest: undefined };
  if (conversation.latest) return { ...conversation, latest: withCurrentAuthor(conversation, conversation.latest) };
  const { items } = await queryItems(db, {
    partition: conversationKey(conversation.appId, conversation.id).pk,
    index: "order",
    descending: true,
    limit: 1,
  });
  return { ...conversation, latest: unexpired(items).map(messageReader(conversation))[0] };
}

/** Counts the messages, from the first, that one answer can hold: one at least. */
function fittingCount(items: readonly Item[]): number {
  let bytes = 0;
  const end = items.slice(0, pageSize).findIndex(({ content, quoted = "", metadata = "" }, index) => {
    bytes += Buffer.byteLength(`${content}${quoted}${metadata}`);
    return index > 0 && bytes > pageBytes;
  });
  return end === -1 ? pageSize : end;
}

/**
 * Reads a page of messages, which ends early where they would be too large for one answer. Expired ones sort before all
 * others.
 */
async function pageOf(
  { db }: Reading,
  conversation: Conversation,
  { from, descending, wholeTimes = false }: PageRange,
): Promise<{ readonly messages: readonly Message[]; readonly more: boolean }> {
  const range = { partition: conversationKey(conversation.appId, conversation.id).pk, index: "order", descending };
  for (let beyond = from; ; ) {
    const answer = await queryItems(db, {
      ...range,
      ...(beyond === undefined ? {} : { beyond }),
      limit: pageSize + 1,
    });
    const size = fittingCount(answer.items);
    const next = answer.items[size];
    const items = answer.items.slice(0, size);
    const last = items.at(-1);
    const rest =
      wholeTimes && last && next?.received === last.received
        ? await queryItems(db, { ...range, prefix: `${last.received}#`, beyond: last.order, limit: messageLimit })
        : { items: [] };
    const alive = unexpired([...items, ...rest.items]);
    const atTheEnd = next === undefined || (descending && alive.length < items.length + rest.items.length);
    if (alive.length > 0 || atTheEnd) {
      const messages = alive.map(messageReader(conversation));
      return { messages: descending ? messages.reverse() : messages, more: !atTheEnd };
    }
    beyond = last?.order;
  }
}

/** Finds one message of a conversation. */
export async function findMessage(
  { db }: Reading,
  conversation: Conversation,
  messageId: string,
): Promise<Message | undefined> {
  const item = await getItem(db, messageKey(conversation.appId, conversation.id, messageId));
  return item && unexpired([item]).map(messageReader(conversation))[0];
}

/** Lists the latest messages, or those before or after a time, in the order of receipt: a page of an SDK. */
export async function listLatestMessages(
  runtime: Reading,
  conversation: Conversation,
  { before, after }: { readonly before?: Date | undefined; readonly after?: Date | undefined } = {},
): Promise<{ readonly messages: readonly Message[]; readonly hasPrevious: boolean; readonly hasNext: boolean }> {
  const descending = after === undefined;
  // Every message of the millisecond itself sorts after its bare time: `~` is greater than the `#` that follows it.
  const from = after === undefined ? before?.toISOString() : `${after.toISOString()}~`;
  const { messages, more } = await pageOf(runtime, conversation, { from, descending, wholeTimes: true });
  return descending
    ? { messages, hasPrevious: more, hasNext: before !== undefined }
    : { messages, hasPrevious: true, hasNext: more };
}

/** Lists one page of a conversation's messages in the order of receipt; without a cursor, the latest ones. */
export async function listMessages(
  runtime: Reading,
  conversation: Conversation,
  query: Pick<PageQuery, "after" | "before">,
): Promise<Page<Message> | undefined> {
  const cursor = query.after ?? query.before;
  const key = cursor === undefined ? undefined : messageKey(conversation.appId, conversation.id, cursor);
  const cursorItem = key && (await getItem(runtime.db, key));
  if (cursor !== undefined && cursorItem === undefined) return undefined;
  const descending = query.after === undefined;
  const { messages: records, more } = await pageOf(runtime, conversation, { from: cursorItem?.order, descending });
  return descending
    ? { records, hasNext: cursor !== undefined, hasPrevious: more }
    : { records, hasNext: more, hasPrevious: true };
}
