import type { ChannelTask } from "../../model/channelCall.ts";
import type { Attempt, TaskOutcome, TaskRuntime } from "./taskRuntime.ts";

/** Sends a message to a client of its user. */
export async function sendMessage(
  _runtime: TaskRuntime,
  _task: Extract<ChannelTask, { readonly kind: "message" }>,
  _attempt: Attempt,
): Promise<TaskOutcome> {
  return { kind: "skipped" };
}
