import { readMessage } from "../../db/items/messageItem.ts";
import { channelMessageId, messageKey } from "../../db/keys.ts";
import { getItems } from "../../db/readItems.ts";
import type { Runtime } from "../../db/runtime.ts";
import type { App } from "../../model/app.ts";
import type { ChannelEvent } from "../../model/channel.ts";
import type { ConversationOrigin, ConversationReferral } from "../../model/events/event.ts";
import type { Message } from "../../model/message.ts";
import type { ChannelIntegration, StoredIdentity } from "../../users/channelIdentity.ts";
import { isMessage } from "./channelEvent.ts";

/** An event of a channel, as it was delivered to an integration of an app. */
export interface ChannelDelivery {
  readonly app: App;
  readonly integration: ChannelIntegration;
  readonly event: ChannelEvent;
  readonly receivedAt: Date;
}

/** Describes the creation of a conversation by an event. */
export const originOf = ({ integration, event }: ChannelDelivery): ConversationOrigin => ({
  reason: isMessage(event) ? "message" : "startConversation",
  source: { type: integration.type, integrationId: integration.id },
  referral: event.referral,
});

/** Describes the referral of an event to a conversation that exists. */
export const referredBy = ({ integration, event }: ChannelDelivery): ConversationReferral | undefined =>
  event.referral && {
    referral: event.referral,
    source: { type: integration.type, integrationId: integration.id },
    at: event.occurredAt?.toISOString(),
  };

/**
 * Reads this very message as an earlier delivery stored it, in a conversation of a user that had one of these
 * identities then: they may be another user's by now, and the message's description of the person is outdated.
 */
export async function findStoredMessage(
  { db }: Pick<Runtime, "db">,
  { app, integration, event }: ChannelDelivery,
  identities: readonly StoredIdentity[],
): Promise<Message | undefined> {
  if (!isMessage(event)) return undefined;
  const id = channelMessageId(app.salt, integration.id, event.dedupeKey ?? event.messageId);
  const conversationIds = identities.flatMap(({ owner, record }) => {
    const userAtAddress = record?.kind === "user" ? record.user : undefined;
    const written = userAtAddress?.clients.map((client) => client.conversationId) ?? [];
    return [owner?.conversationId, userAtAddress?.defaultConversationId, ...written].filter((one) => one !== undefined);
  });
  const found = await getItems(
    db,
    [...new Set(conversationIds)].map((conversationId) => messageKey(app.id, conversationId, id)),
  );
  const item = found.find((one) => one !== undefined);
  return item && readMessage(item);
}

/** Tells whether this very message was stored before. */
export const cameBefore = async (...delivered: Parameters<typeof findStoredMessage>): Promise<boolean> =>
  (await findStoredMessage(...delivered)) !== undefined;
