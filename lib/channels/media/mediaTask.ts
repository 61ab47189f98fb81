import type { ChannelTask } from "../../model/channelCall.ts";
import type { Message } from "../../model/message.ts";

/**
 * Makes the task that fetches the file of a message; `undefined` for a message without such a file. A message that was
 * moved to another conversation has one again: the file may not have been fetched before.
 */
export function mediaTaskOf(
  { appId, conversationId }: { readonly appId: string; readonly conversationId: string },
  { id: messageId, media, source: { integrationId } }: Message,
  now: Date,
): ChannelTask | undefined {
  if (media === undefined || integrationId === undefined) return undefined;
  return {
    kind: "media",
    id: `media-${messageId}-${conversationId}`,
    appId,
    group: messageId,
    queuedAt: now.toISOString(),
    conversationId,
    messageId,
    integrationId,
  };
}
