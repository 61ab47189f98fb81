import { readMessage } from "../../db/items/messageItem.ts";
import { messagePrefix, namesInConversationKey } from "../../db/keys.ts";
import { readStreamRecord, type StreamRecord } from "../../db/streamRecord.ts";
import type { ChannelTask } from "../../model/channelCall.ts";

/**
 * Makes the task that fetches the file of a message that was put, if only its channel's API has the file. A message that
 * was moved to another conversation has one again, since it is looked for where it is: a file that is there stays. A
 * record that is published again makes the same task.
 */
export function mediaTasks(record: StreamRecord, now: Date): readonly ChannelTask[] {
  const { NewImage, OldImage } = record.dynamodb ?? {};
  // Most records are of messages without a file, and are not read for this.
  if (NewImage?.media === undefined || OldImage !== undefined) return [];
  const read = readStreamRecord(record);
  if (!read?.after || !read.key.sk.startsWith(messagePrefix)) return [];
  const { appId, id: conversationId } = namesInConversationKey(read.key.pk);
  const { id: messageId, media, source } = readMessage(read.after);
  const { integrationId } = source;
  if (media === undefined || integrationId === undefined) return [];
  return [
    {
      kind: "media",
      id: `media-${messageId}-${conversationId}`,
      appId,
      group: messageId,
      queuedAt: now.toISOString(),
      conversationId,
      messageId,
      integrationId,
    },
  ];
}
