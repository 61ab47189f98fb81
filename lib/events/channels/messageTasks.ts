import { hash } from "node:crypto";
import { clientOfMessage, isForChannels } from "../../channels/outbound/clientOfMessage.ts";
import { isChannelType } from "../../model/channel.ts";
import type { ChannelTask } from "../../model/channelCall.ts";
import type { Client } from "../../model/client.ts";
import type { Conversation } from "../../model/conversation.ts";
import type { AppEvent, EventDetail } from "../../model/events/event.ts";

type MessageDetail = Extract<EventDetail, { readonly type: "conversation:message" }>;

/** Answers the message of an event that goes to channels; `undefined` for every other event. */
export const messageForChannels = ({ detail }: AppEvent): MessageDetail["message"] | undefined =>
  detail.type === "conversation:message" && isForChannels(detail.message) ? detail.message : undefined;

/** What decides to whom a business's message goes. */
export interface TaskRecords {
  /** The conversation, or the one into which it was merged; `undefined` if it is gone. */
  readonly conversation: Conversation | undefined;
  /** The clients of a user, by which a destination's integration is found. */
  readonly clientsOf: (userId: string) => readonly Client[];
}

/**
 * Makes the tasks that send a business's message to people on channels: one for each participant whose client for it is
 * of a channel. An event that is published again makes the same tasks.
 */
export function messageTasks(
  event: AppEvent,
  { conversation, clientsOf }: TaskRecords,
  now: Date,
): readonly ChannelTask[] {
  const message = messageForChannels(event);
  if (message === undefined || conversation === undefined) return [];
  const { appId } = event;
  return conversation.participants.flatMap((participant) => {
    const { userId } = participant;
    const client = clientOfMessage(participant, message.sending?.destination, clientsOf(userId));
    if (client === undefined || !isChannelType(client.type)) return [];
    const { clientId } = client;
    return {
      kind: "message",
      id: hash("sha256", JSON.stringify(["task", appId, message.id, clientId])).slice(0, 24),
      appId,
      group: `${conversation.id}-${clientId}`,
      queuedAt: now.toISOString(),
      conversationId: conversation.id,
      messageId: message.id,
      userId,
      clientId,
    } as const;
  });
}
