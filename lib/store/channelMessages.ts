import { randomUUID } from "node:crypto";
import type { App } from "../domain/app.ts";
import { displayNameOf } from "../domain/author.ts";
import type { ChannelEvent } from "../domain/channel.ts";
import { contentOf, rawOf } from "../domain/contact.ts";
import { hasLapsed, lapseOf, participantOf } from "../domain/conversation.ts";
import type { Message } from "../domain/message.ts";
import type { User } from "../domain/user.ts";
import type { Address, ChannelIntegration, Holder } from "./channelAddresses.ts";
import { open, readConversation } from "./conversationItem.ts";
import { channelMessageId, conversationKey, messageKey } from "./keys.ts";
import { messageItem, readMessage } from "./messageItem.ts";
import { notice, unnoticed } from "./messages.ts";
import { absent, type Item, type Table, type Written } from "./table.ts";

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
 * Counts a message in the personal conversation of who said it. It makes it the latest unless something later was counted
 * before it: by what is the latest, a redelivery is known to be counted.
 */
async function count(table: Table, app: App, holder: Holder, id: string, received: string): Promise<Written> {
  const lapse = lapseOf(app.settings, received);
  const attempt = (latest: boolean) =>
    table.update(
      conversationKey(app.id, holder.conversationId ?? ""),
      {
        text: `SET messageCount = messageCount + :one, noticed = :id, clientsSeen.#client = :received${
          latest ? ", lastUpdatedAt = :received" : ""
        }${latest && lapse !== undefined ? ", lapsesAt = :lapse" : ""} REMOVE latest${
          latest && lapse === undefined ? ", lapsesAt" : ""
        }`,
        names: { "#client": holder.clientId, "#type": "type" },
        values: {
          ":received": received,
          ":one": 1,
          ":id": id,
          ":personal": "personal",
          ...(latest && lapse !== undefined ? { ":lapse": lapse } : {}),
        },
      },
      {
        text: `${open.text} AND #type = :personal AND attribute_exists(participants.#user) AND (attribute_not_exists(lapsesAt) OR lapsesAt > :received) AND ${unnoticed}${
          latest ? " AND lastUpdatedAt <= :received" : ""
        }`,
        names: { "#user": holder.userId },
      },
    );
  const written = await attempt(true);
  const overtaken = !written.done && written.standing !== undefined && written.standing.lastUpdatedAt > received;
  return overtaken && written.standing?.noticed !== id ? attempt(false) : written;
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
  const nonce = randomUUID();
  const written = await table.put({ ...messageItem(app, conversationId, message), nonce }, absent);
  const earlier = written.done || written.standing?.nonce === nonce ? undefined : written.standing;
  const received: string = earlier?.received ?? message.received;
  const key = conversationKey(app.id, conversationId);
  const counted = earlier && (met?.id === conversationId ? met : await table.get(key));
  if (counted && counted.lastUpdatedAt >= received) return "repeated";
  const isNoticed = (outcome: Written) => outcome.done || outcome.standing?.noticed === message.id;
  const outcome = await count(table, app, holder, message.id, received);
  if (outcome.done || isNoticed(outcome)) return earlier ? "repeated" : "stored";
  const standing = outcome.standing && readConversation(outcome.standing);
  const merged = outcome.standing?.mergedInto !== undefined;
  const present = standing && !merged && participantOf(standing, holder.userId);
  if (present && (standing.type === "sdkGroup" || hasLapsed(standing, new Date(message.received)))) {
    const { change, condition } = notice(app, standing, message, holder.clientId);
    if (isNoticed(await table.update(key, change, condition))) return "stored";
  }
  // What an earlier delivery left where somebody else reads it was counted; where a merge moves it from, it moves along.
  if (earlier && standing) return merged || present ? "moved" : "repeated";
  await table.delete(messageKey(app.id, conversationId, message.id));
  return "moved";
}
