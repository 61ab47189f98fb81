import type { ChannelTask } from "../../model/channelCall.ts";
import { sendLink } from "../links/sendLink.ts";
import { fetchMedia } from "./fetchMedia.ts";
import { sendActivity } from "./sendActivity.ts";
import { sendMessage } from "./sendMessage.ts";
import type { Attempt, TaskOutcome, TaskRuntime } from "./taskRuntime.ts";

/** Makes an attempt at a task. Throws for faults of ours alone. */
export async function doTask(runtime: TaskRuntime, task: ChannelTask, attempt: Attempt): Promise<TaskOutcome> {
  switch (task.kind) {
    case "message":
      return sendMessage(runtime, task, attempt);
    case "media":
      return fetchMedia(runtime, task, attempt);
    case "link":
      return sendLink(runtime, task, attempt);
    case "typing":
    case "read":
      return sendActivity(runtime, task, attempt);
    default:
      return { kind: "skipped", reason: "of a later version" };
  }
}
