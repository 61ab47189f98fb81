import { randomUUID } from "node:crypto";
import type { App } from "../domain/app.ts";
import { displayNameOf } from "../domain/author.ts";
import type { ChannelEvent } from "../domain/channel.ts";
import { contentOf, rawOf } from "../domain/contact.ts";
import { type Conversation, hasLapsed, lapseOf, participantOf } from "../domain/conversation.ts";
import type { Message } from "../domain/message.ts";
import type { User } from "../domain/user.ts";
import type { Address, ChannelIntegration, Holder } from "./channelAddresses.ts";
import { isOpen, open, readConversation } from "./conversationItem.ts";
import { decideAnew } from "./decideAnew.ts";
import { channelMessageId, conversationKey, messageKey } from "./keys.ts";
import { messageItem, readMessage } from "./messageItem.ts";
import { type Counting, countingOnce, countLate, hasToken, isCounted, isFull, nextTurn } from "./messageLedger.ts";
import { notice } from "./messages.ts";
import { absent, type Item, type Table } from "./table.ts";

/** What an event says, as the message it becomes; nothing for one that says nothing. */
export function channelMessage(
  app: App,
  integration: ChannelIntegration,
  event: ChannelEvent,
  writer: User | Holder,
  now: Date,
): Message | undefined {
  if (event.kind !== "message" && event.kind !== "postback") return undefined;
  const user = "clientId" in writer ? writer.known?.user : writer;
  const userId = "clientId" in writer ? writer.userId : writer.id;
  const key = event.dedupeKey ?? event.messageId;
  return {
    id: channelMessageId(app.salt, integration.id, key),
    received: now.toISOString(),
    author: {
      type: "user",
      userId,
      displayName: (user && displayNameOf(user, app.settings)) ?? event.person.displayName,
      avatarUrl: user?.profile.avatarUrl ?? event.person.avatarUrl,
    },
    content: contentOf(event, app.settings),
    source: {
      type: integration.type,
      integrationId: integration.id,
      originalMessageId: event.messageId,
      originalMessageTimestamp: event.occurredAt?.toISOString(),
    },
    raw: rawOf(event),
  };
}

/**
 * Reads this very message as it was stored when it came before, for the user who had one of these ids then. Its ids may be
 * another's by now, and what it tells of the person is old.
 */
export async function storedBefore(
  table: Table,
  app: App,
  integration: ChannelIntegration,
  event: ChannelEvent,
  addresses: readonly Address[],
): Promise<Message | undefined> {
  if (event.kind !== "message" && event.kind !== "postback") return undefined;
  const id = channelMessageId(app.salt, integration.id, event.dedupeKey ?? event.messageId);
  const places = addresses.flatMap(({ holder, standing }) => {
    const resident = standing?.kind === "user" ? standing.user : undefined;
    const written = resident?.clients.map((client) => client.conversationId) ?? [];
    return [holder?.conversationId, resident?.defaultConversationId, ...written].filter((one) => one !== undefined);
  });
  const found = await table.getAll([...new Set(places)].map((place) => messageKey(app.id, place, id)));
  const item = found.find((one) => one !== undefined);
  return item && readMessage(item);
}

/** Whether this very message was stored before. */
export const cameBefore = async (...asked: Parameters<typeof storedBefore>): Promise<boolean> =>
  (await storedBefore(...asked)) !== undefined;

/**
 * What counting a message does to the personal conversation of who said it. It makes the message the latest unless
 * something later was counted before it.
 *
 * @param standing the conversation, where it was read since the message was put
 */
function counting(app: App, holder: Holder, message: Message, standing?: Conversation): Counting {
  const { received } = message;
  const latest = standing === undefined || standing.lastUpdatedAt <= received;
  const seenLater = (standing?.clientsSeen[holder.clientId] ?? "") > received;
  const lapse = lapseOf(app.settings, received);
  const once = countingOnce(message);
  return {
    change: {
      text: `SET messageCount = messageCount + :one${seenLater ? "" : ", clientsSeen.#client = :received"}${
        latest ? ", lastUpdatedAt = :received" : ""
      }${latest && lapse !== undefined ? ", lapsesAt = :lapse" : ""} REMOVE latest${
        latest && lapse === undefined ? ", lapsesAt" : ""
      } ${once.change.text}`,
      names: { ...(seenLater ? {} : { "#client": holder.clientId }), "#type": "type" },
      values: {
        ":received": received,
        ":one": 1,
        ":personal": "personal",
        ...once.change.values,
        ...(latest && lapse !== undefined ? { ":lapse": lapse } : {}),
      },
    },
    condition: {
      text: `${open.text} AND #type = :personal AND attribute_exists(participants.#user) AND (attribute_not_exists(lapsesAt) OR lapsesAt > :received) AND (attribute_not_exists(settledUntil) OR settledUntil < :received) AND ${once.condition.text}${
        latest ? " AND lastUpdatedAt <= :received" : ""
      }`,
      names: { "#user": holder.userId },
      values: once.condition.values ?? {},
    },
  };
}

/**
 * Counts a message that stands in a conversation, once, also where others do so at the same time.
 *
 * @param isFresh whether this very call put the message: one that came before is counted in a time that was looked through
 * @returns what stands in the way: nothing, where it is counted
 */
async function count(
  table: Table,
  app: App,
  holder: Holder,
  message: Message,
  isFresh: boolean,
): Promise<{ readonly counted: boolean; readonly standing?: Item | undefined }> {
  const key = conversationKey(app.id, holder.conversationId ?? "");
  let next = counting(app, holder, message);
  return decideAnew(async () => {
    const written = await table.update(key, next.change, next.condition);
    if (written.done) return { counted: true };
    const { standing } = written;
    if (!standing || !isOpen(standing)) return { counted: false, standing };
    if (hasToken(standing, message)) return { counted: true };
    const conversation = readConversation(standing);
    if (!participantOf(conversation, holder.userId)) return { counted: false, standing };
    if (isFull(standing)) await nextTurn(table, key, standing);
    else if (conversation.type === "sdkGroup" || hasLapsed(conversation, new Date(message.received)))
      next = notice(app, conversation, message, holder.clientId);
    else if (message.received <= (standing.settledUntil ?? "")) {
      if (isFresh) await countLate(table, key, messageKey(app.id, conversation.id, message.id));
      return { counted: true };
    } else next = counting(app, holder, message, conversation);
    return "again";
  });
}

/**
 * Adds a message of somebody known, then counts it. Two writes cost half of what a transaction does; so each tells its
 * own repetition by the SDK from another's, and a redelivery counts what an interrupted one left uncounted.
 *
 * @param met the person's first conversation, where it was read with the address
 * @returns `moved` when the conversation is merged or gone, or the user not in it
 */
export async function appendMessage(
  table: Table,
  app: App,
  holder: Holder,
  message: Message,
  met: Item | undefined,
): Promise<"stored" | "repeated" | "moved"> {
  const conversationId = holder.conversationId ?? "";
  const key = conversationKey(app.id, conversationId);
  const known = met?.id === conversationId ? met : undefined;
  const nonce = randomUUID();
  const written = await table.put({ ...messageItem(app, conversationId, message), nonce }, absent);
  const earlier = written.done || written.standing?.nonce === nonce ? undefined : written.standing;
  if (earlier) {
    const conversation = known ?? (await table.get(key));
    if (conversation && isCounted(conversation, earlier)) return "repeated";
  } else if (known && isFull(known)) await nextTurn(table, key, known);
  const stored = earlier ? { ...message, received: earlier.received as string } : message;
  const { counted, standing } = await count(table, app, holder, stored, earlier === undefined);
  if (counted) return earlier ? "repeated" : "stored";
  // What an earlier delivery left where somebody else reads it stays; where a merge moves it from, it moves along.
  if (earlier && standing) return isOpen(standing) ? "repeated" : "moved";
  await table.delete(messageKey(app.id, conversationId, message.id));
  return "moved";
}
