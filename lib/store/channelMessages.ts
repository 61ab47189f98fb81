import { randomUUID } from "node:crypto";
import type { App } from "../domain/app.ts";
import { displayNameOf } from "../domain/author.ts";
import type { ChannelEvent } from "../domain/channel.ts";
import { contentOf, rawOf } from "../domain/contact.ts";
import { hasLapsed, lapseOf, participantOf } from "../domain/conversation.ts";
import type { Message } from "../domain/message.ts";
import type { User } from "../domain/user.ts";
import type { ChannelIntegration, Holder } from "./channelAddresses.ts";
import { open, readConversation } from "./conversationItem.ts";
import { channelMessageId, conversationKey, messageKey } from "./keys.ts";
import { messageItem } from "./messageItem.ts";
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
  const lapse = lapseOf(app.settings, received);
  const noticed = await table.update(
    key,
    {
      text: `SET lastUpdatedAt = :received, clientsSeen.#client = :received, messageCount = messageCount + :one, noticed = :id${
        lapse === undefined ? " REMOVE latest, lapsesAt" : ", lapsesAt = :lapse REMOVE latest"
      }`,
      names: { "#client": holder.clientId, "#type": "type" },
      values: {
        ":received": received,
        ":one": 1,
        ":id": message.id,
        ":personal": "personal",
        ...(lapse === undefined ? {} : { ":lapse": lapse }),
      },
    },
    {
      text: `${open.text} AND #type = :personal AND attribute_exists(participants.#user) AND (attribute_not_exists(lapsesAt) OR lapsesAt > :received) AND (attribute_not_exists(noticed) OR noticed <> :id)`,
      names: { "#user": holder.userId },
    },
  );
  if (noticed.done || noticed.standing?.noticed === message.id) return earlier ? "repeated" : "stored";
  const standing = noticed.standing && readConversation(noticed.standing);
  const countsForOthers =
    standing?.type === "sdkGroup" || (standing && hasLapsed(standing, new Date(message.received)));
  if (
    standing &&
    countsForOthers &&
    noticed.standing?.mergedInto === undefined &&
    participantOf(standing, holder.userId)
  ) {
    const { change, condition } = notice(app, standing, message, holder.clientId);
    if ((await table.update(key, change, condition)).done) return "stored";
  }
  await table.delete(messageKey(app.id, conversationId, message.id));
  return "moved";
}
