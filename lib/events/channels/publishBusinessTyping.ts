import type { Runtime } from "../../db/runtime.ts";
import type { ChannelQueue } from "../../model/channelCall.ts";
import type { Conversation } from "../../model/conversation.ts";
import { describeFault } from "../../model/log.ts";
import { activityTasks } from "./activityTasks.ts";

/**
 * Queues that the business types, for people on channels. Nothing in the table tells of it, so it is lost if the queue
 * cannot be reached; the request that told of it succeeds nevertheless.
 */
export async function publishBusinessTyping(
  runtime: Pick<Runtime, "newId" | "log"> & { readonly channelQueue: Pick<ChannelQueue, "send"> },
  conversation: Conversation,
  activity: "typing:start" | "typing:stop",
  now: Date,
): Promise<void> {
  const id = runtime.newId();
  const tasks = activityTasks({ id, conversation, activity }, now);
  if (tasks.length === 0) return;
  try {
    await runtime.channelQueue.send(tasks);
  } catch (error) {
    runtime.log({
      operation: "publishTyping",
      requestId: id,
      status: 500,
      milliseconds: 0,
      coldStart: false,
      usersCreated: 0,
      fault: describeFault(error),
    });
  }
}
