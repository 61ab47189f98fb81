import { hash } from "node:crypto";
import { isChannelType } from "../../model/channel.ts";
import type { ChannelTask } from "../../model/channelCall.ts";
import type { Conversation } from "../../model/conversation.ts";
import type { AppEvent } from "../../model/events/event.ts";

/** An act of the business in a conversation, which has an id of its own. */
interface BusinessActivity {
  readonly id: string;
  readonly conversation: Conversation;
  readonly activity: "conversation:read" | "typing:start" | "typing:stop";
}

/**
 * Makes the tasks that show an activity of the business: to each participant with a primary client of a channel, in the
 * order of what is sent to that client in the conversation.
 */
export const activityTasks = ({ id, conversation, activity }: BusinessActivity, now: Date): readonly ChannelTask[] =>
  conversation.participants.flatMap(({ userId, clientAssociations: [primary] }) => {
    if (primary === undefined || !isChannelType(primary.type)) return [];
    const { clientId } = primary;
    const task = {
      id: hash("sha256", JSON.stringify(["activity", id, clientId])).slice(0, 24),
      appId: conversation.appId,
      group: `${conversation.id}-${clientId}`,
      queuedAt: now.toISOString(),
      conversationId: conversation.id,
      userId,
      clientId,
    };
    return activity === "conversation:read" ? { ...task, kind: "read" } : { ...task, kind: "typing", activity };
  });

/** Makes the tasks that show people that the business read what they wrote; of every other event there are none. */
export const readTasks = ({ id, detail }: AppEvent, now: Date): readonly ChannelTask[] =>
  detail.type === "conversation:read" && detail.participant === undefined
    ? activityTasks({ id, conversation: detail.conversation, activity: "conversation:read" }, now)
    : [];
