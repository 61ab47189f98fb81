import { displayNameOf } from "../../conversations/author.ts";
import { channelMessageId } from "../../db/keys.ts";
import type { Message, QuotedMessage } from "../../model/message.ts";
import type { User } from "../../model/user.ts";
import type { ChannelDelivery } from "./channelDelivery.ts";
import { contentOf, isMessage, mediaOf, rawOf } from "./channelEvent.ts";

/** Makes the message that an event becomes; `undefined` for an event that becomes none. */
export function channelMessage(
  { app, integration, event, receivedAt }: ChannelDelivery,
  author: { readonly userId: string; readonly user: User | undefined },
): Message | undefined {
  if (!isMessage(event)) return undefined;
  const { userId, user } = author;
  return {
    id: channelMessageId(app.salt, integration.id, event.dedupeKey ?? event.messageId),
    received: receivedAt.toISOString(),
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
    quotedMessage: quotedBy(event),
    press: event.kind === "postback" ? { isEchoed: app.settings.echoPostback } : undefined,
    media: mediaOf(event),
    raw: rawOf(event),
  };
}

/** Names the message that another one answers, by the channel's id alone: what it says is not looked up. */
function quotedBy(event: ChannelDelivery["event"]): QuotedMessage | undefined {
  const externalMessageId = event.kind === "message" ? event.quotedMessageId : undefined;
  return externalMessageId === undefined ? undefined : { type: "externalMessageId", externalMessageId };
}
