import type { App } from "../domain/app.ts";
import { type Conversation, hasLapsed, lapseOf, messageLimit, withoutLapsed } from "../domain/conversation.ts";
import type { Message } from "../domain/message.ts";
import type { Page, PageQuery } from "../domain/page.ts";
import { copyOfLatest, isOpen, open, readConversation } from "./conversationItem.ts";
import { decideAnew } from "./decideAnew.ts";
import { conversationKey, idempotentId, messageKey, messagePrefix } from "./keys.ts";
import { messageItem, readMessage, unexpired } from "./messageItem.ts";
import { type Counting, countingOnce, uncount } from "./messageLedger.ts";
import { absent, type Expression, type Item, type Operation, present, type Table } from "./table.ts";

/**
 * What a message does to its conversation: it counts, it is the latest, and it is unread by everybody but who said it. In
 * a conversation that has lapsed everything is counted anew.
 *
 * @param clientId the client of a channel from which it came
 */
export function notice(app: App, conversation: Conversation, message: Message, clientId?: string): Counting {
  const anew = hasLapsed(conversation, new Date(message.received));
  const { userId } = message.author;
  const heard = userId === undefined || conversation.type === "sdkGroup";
  // Who left or was deleted meanwhile says nothing more here, and has nothing to read.
  const present = heard || anew ? conversation.participants.map((one) => one.userId) : [userId];
  const names: Record<string, string> = Object.fromEntries(present.map((one, index) => [`#p${index}`, one]));
  const unread = present.flatMap((one, index) => {
    const counter = `participants.#p${index}.unreadCount`;
    const more = heard && one !== userId ? " + :one" : "";
    return anew || more ? [`${counter} = ${anew ? ":none" : counter}${more}`] : [];
  });
  // A channel could not be told of a limit, and what it acknowledged would be lost.
  const once = clientId === undefined ? undefined : countingOnce(message);
  const limited = !anew && clientId === undefined;
  const lapse = lapseOf(app.settings, message.received);
  // Of a channel's message nobody knows here whether it was deleted since it was stored.
  const latest = clientId === undefined ? copyOfLatest(message, lapse) : undefined;
  const sets = [
    "lastUpdatedAt = :received",
    `messageCount = ${anew ? ":none" : "messageCount"} + :one`,
    ...(lapse === undefined ? [] : ["lapsesAt = :lapse"]),
    ...(latest === undefined ? [] : ["latest = :latest"]),
    ...unread,
    ...(clientId === undefined ? [] : ["clientsSeen.#client = :received"]),
    ...(once && anew ? ["counted = :tokens"] : []),
  ];
  const removes = [
    ...(lapse === undefined ? ["lapsesAt"] : []),
    ...(latest === undefined ? ["latest"] : []),
    ...(once && anew ? ["countedBefore"] : []),
  ];
  const conditions = [
    open.text,
    ...(anew ? ["lapsesAt = :lapsed"] : []),
    ...(limited ? ["messageCount < :limit"] : []),
    ...present.map((_, index) => `attribute_exists(participants.#p${index})`),
    ...(once ? [once.condition.text] : []),
  ];
  return {
    change: {
      text: `SET ${sets.join(", ")}${removes.length === 0 ? "" : ` REMOVE ${removes.join(", ")}`}${once && !anew ? ` ADD counted :tokens` : ""}`,
      names: { ...names, ...(clientId === undefined ? {} : { "#client": clientId }) },
      values: {
        ":received": message.received,
        ":one": 1,
        ...(anew ? { ":none": 0 } : {}),
        ...(lapse === undefined ? {} : { ":lapse": lapse }),
        ...(latest === undefined ? {} : { ":latest": latest }),
        ...once?.change.values,
      },
    },
    condition: {
      text: conditions.join(" AND "),
      names,
      values: {
        ...once?.condition.values,
        ...(anew ? { ":lapsed": conversation.lapsesAt } : {}),
        ...(limited ? { ":limit": messageLimit } : {}),
      },
    },
  };
}

/** The operations that add a message to a conversation, for a transaction of their own or a larger one. */
function addMessage(app: App, conversation: Conversation, message: Message): readonly Operation[] {
  return [
    { put: messageItem(app, conversation.id, message), condition: absent },
    { update: conversationKey(conversation.appId, conversation.id), ...notice(app, conversation, message) },
  ];
}

/** The fixed size of a page of messages. Source: the vendor's OpenAPI description, "List Messages". */
const messagePageSize = 100;

/**
 * What a user said in a personal conversation is the person's who is in it now, also where it was said as somebody who was
 * merged into that user since.
 */
function asSpokenIn(conversation: Conversation, message: Message): Message {
  const speaker = conversation.type === "personal" ? conversation.participants[0] : undefined;
  if (message.author.type !== "user" || !speaker || speaker.userId === message.author.userId) return message;
  return { ...message, author: { ...message.author, userId: speaker.userId } };
}

const spokenIn =
  (conversation: Conversation) =>
  (item: Item): Message =>
    asSpokenIn(conversation, readMessage(item));

/** The conversation with what was said last in it, which is looked up where the conversation does not remember it. */
export async function withLatest(table: Table, conversation: Conversation): Promise<Conversation> {
  if (conversation.messageCount === 0) return { ...conversation, latest: undefined };
  if (conversation.latest) return { ...conversation, latest: asSpokenIn(conversation, conversation.latest) };
  const { items } = await table.query({
    partition: conversationKey(conversation.appId, conversation.id).pk,
    index: "order",
    descending: true,
    limit: 1,
  });
  return { ...conversation, latest: unexpired(items).map(spokenIn(conversation))[0] };
}

/** Messages that one transaction deletes: it holds a hundred operations, and one counts. */
const deletedAtOnce = 99;

/** Messages, each beside its conversation. */
export function messageStore(table: Table) {
  /**
   * A page in the order of receipt, from beyond a place on. What has expired stands before everything that has not.
   *
   * @param wholeTimes whether a page never ends between messages of one time, so that the time is a cursor
   */
  const pageOf = async (
    conversation: Conversation,
    from: string | undefined,
    descending: boolean,
    wholeTimes = false,
  ): Promise<{ readonly messages: readonly Message[]; readonly more: boolean }> => {
    const range = { partition: conversationKey(conversation.appId, conversation.id).pk, index: "order", descending };
    for (let beyond = from; ; ) {
      const answer = await table.query({
        ...range,
        ...(beyond === undefined ? {} : { beyond }),
        limit: messagePageSize + 1,
      });
      const next = answer.items[messagePageSize];
      const items = answer.items.slice(0, messagePageSize);
      const last = items.at(-1);
      const rest =
        wholeTimes && last && next?.received === last.received
          ? await table.query({ ...range, prefix: `${last.received}#`, beyond: last.order, limit: messageLimit })
          : { items: [] };
      const alive = unexpired([...items, ...rest.items]);
      const atTheEnd = next === undefined || (descending && alive.length < items.length + rest.items.length);
      if (alive.length > 0 || atTheEnd) {
        const messages = alive.map(spokenIn(conversation));
        return { messages: descending ? messages.reverse() : messages, more: !atTheEnd };
      }
      beyond = last?.order;
    }
  };

  return {
    /**
     * Adds a message to a conversation as it was read, and counts it, in one transaction.
     *
     * @returns `full` at the limit of messages, `changed` when participants or the conversation itself changed meanwhile,
     *   `exists` when a message of this id stands there
     */
    async add(
      app: App,
      conversation: Conversation,
      message: Message,
    ): Promise<"added" | "exists" | "full" | "changed"> {
      const written = await table.transact(addMessage(app, conversation, message));
      if (written.done) return "added";
      if (written.failed[0]) return "exists";
      const standing = written.failed[1] ? written.failed[1].standing : undefined;
      const now = standing && withoutLapsed(readConversation(standing), new Date(message.received));
      return now && now.messageCount >= messageLimit ? "full" : "changed";
    },

    /** The id that follows from an idempotency key of a user's request. */
    idOfRequest: (app: App, userId: string, key: string): string => idempotentId(app.salt, userId, "message", key),

    async find(conversation: Conversation, messageId: string): Promise<Message | undefined> {
      const item = await table.get(messageKey(conversation.appId, conversation.id, messageId));
      return item && unexpired([item]).map(spokenIn(conversation))[0];
    },

    /** The latest messages, or those before or after a time, in the order they were received: a page of an SDK. */
    async latest(
      conversation: Conversation,
      bounds: { readonly before?: Date | undefined; readonly after?: Date | undefined } = {},
    ): Promise<{ readonly messages: readonly Message[]; readonly hasPrevious: boolean; readonly hasNext: boolean }> {
      const descending = bounds.after === undefined;
      // Every message of the millisecond itself sorts behind its bare time: `~` is beyond the `#` that follows it.
      const beyond = bounds.after === undefined ? bounds.before?.toISOString() : `${bounds.after.toISOString()}~`;
      const { messages, more } = await pageOf(conversation, beyond, descending, true);
      return descending
        ? { messages, hasPrevious: more, hasNext: bounds.before !== undefined }
        : { messages, hasPrevious: true, hasNext: more };
    },

    /** One page of a conversation's messages in the order they were received; without a cursor, the latest ones. */
    async list(
      conversation: Conversation,
      query: Pick<PageQuery, "after" | "before">,
    ): Promise<Page<Message> | undefined> {
      const cursor = query.after ?? query.before;
      const at =
        cursor === undefined ? undefined : await table.get(messageKey(conversation.appId, conversation.id, cursor));
      if (cursor !== undefined && at === undefined) return undefined;
      const descending = query.after === undefined;
      const { messages: records, more } = await pageOf(conversation, at?.order, descending);
      return descending
        ? { records, hasNext: cursor !== undefined, hasPrevious: more }
        : { records, hasNext: more, hasPrevious: true };
    },

    /** Deletes one message. Answers `false` when the conversation has none of this id. */
    async delete(conversation: Conversation, messageId: string): Promise<boolean> {
      const key = conversationKey(conversation.appId, conversation.id);
      const message = messageKey(conversation.appId, conversation.id, messageId);
      const alive: Expression = {
        text: `${present.text} AND (attribute_not_exists(expiresAt) OR expiresAt > :now)`,
        values: { ":now": Math.floor(Date.now() / 1000) },
      };
      const withCount: Expression = { ...alive, text: `${alive.text} AND attribute_not_exists(nonce)` };
      const written = await table.transact([{ delete: message, condition: withCount }, uncount(key, undefined, [{}])]);
      const channels = written.done || !written.failed[0] ? undefined : written.failed[0].standing;
      if (written.done || channels?.nonce === undefined) return written.done;
      return decideAnew(async () => {
        const standing = await table.get(key);
        const deleted = await table.transact([
          { delete: message, condition: alive },
          uncount(key, standing, [channels]),
        ]);
        if (deleted.done) return true;
        // Counted since it was read how it stands.
        return !deleted.failed[0] && deleted.failed[1] && isOpen(deleted.failed[1].standing) ? "again" : false;
      });
    },

    /**
     * Deletes what has been said in a conversation, counting down with the same transactions: interrupted, it goes on where
     * it stopped when called again.
     */
    async deleteAll(conversation: Conversation): Promise<void> {
      const key = conversationKey(conversation.appId, conversation.id);
      let standing = await table.get(key);
      for (;;) {
        const { items } = await table.query({ partition: key.pk, prefix: messagePrefix, limit: deletedAtOnce });
        if (items.length === 0) return;
        const written = await table.transact([
          // What had expired was counted no more where the conversation has been counted anew since.
          uncount(key, standing, unexpired(items)),
          // Deleted by somebody else meanwhile, a message was counted down by them.
          ...items.map((item) => ({ delete: { pk: key.pk, sk: item.sk as string }, condition: present })),
        ]);
        if (written.done || !written.failed[0]) continue;
        standing = written.failed[0].standing;
        if (!isOpen(standing)) return;
      }
    },
  };
}
