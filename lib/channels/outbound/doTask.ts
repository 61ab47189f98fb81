import type { ChannelTask } from "../../model/channelCall.ts";
import { sendMessage } from "./sendMessage.ts";
import type { Attempt, TaskOutcome, TaskRuntime } from "./taskRuntime.ts";

/** Makes an attempt at a task. Throws for faults of ours alone. */
export async function doTask(runtime: TaskRuntime, task: ChannelTask, attempt: Attempt): Promise<TaskOutcome> {
  switch (task.kind) {
    case "message":
      return sendMessage(runtime, task, attempt);
    default:
      return { kind: "skipped", reason: "of a later version" };
  }
}
