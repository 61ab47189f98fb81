import { isPermanentFault } from "../../db/permanentFault.ts";
import type { ChannelTask } from "../../model/channelCall.ts";
import { describeFault, type LogEntry } from "../../model/log.ts";
import { doTask } from "./doTask.ts";
import { pauseBeforeAttempt, secondsLeft } from "./retrying.ts";
import type { Attempt, TaskOutcome, TaskRuntime } from "./taskRuntime.ts";

/** A message of the queue of tasks. */
export interface TaskMessage {
  readonly messageId: string;
  readonly body: string;
  readonly receiptHandle: string;
  readonly attributes: { readonly ApproximateReceiveCount: string };
}

/** The times that a task is handed out before a fault of ours that will recur is taken for one. */
const faultLimit = 3;

/**
 * Makes an attempt at a task of the queue and logs it. One that is to be done later is held, and with it its group,
 * which keeps its order; one that fails by a fault of ours is buried when that will not pass.
 * @returns whether nothing is left to do of it: otherwise the queue hands it out again
 */
export async function workOnTask(
  runtime: TaskRuntime,
  { messageId, body, receiptHandle, attributes }: TaskMessage,
  mayContinue: () => boolean,
): Promise<boolean> {
  const started = performance.now();
  const log = (entry: Pick<LogEntry, "status"> & Partial<LogEntry>) =>
    runtime.log({
      ...{ operation: "callChannels", requestId: messageId, coldStart: false, usersCreated: 0 },
      milliseconds: Math.round(performance.now() - started),
      ...entry,
    });
  const received = Number(attributes.ApproximateReceiveCount) || 1;
  let task: ChannelTask | undefined;
  try {
    const read: ChannelTask = JSON.parse(body);
    task = read;
    const outcome = await doTask(runtime, read, { received, mayContinue });
    log({ status: 200, task: shownTask(read, outcome) });
    if (outcome.kind !== "later") return true;
    // The last attempt is the one that finds its time over.
    await runtime.channelQueue.hold(receiptHandle, Math.min(outcome.seconds, secondsLeft(read, runtime.now())));
    return false;
  } catch (error) {
    const shown = task && shownTask(task, { kind: "later", reason: "fault" });
    log({ status: 500, ...(shown ? { task: shown } : {}), fault: describeFault(error) });
    return afterFault(runtime, { task, receiptHandle, received }, error);
  }
}

/** Buries a task after a fault that will not pass, or puts it off. Tells whether it was buried. */
async function afterFault(
  runtime: TaskRuntime,
  {
    task,
    receiptHandle,
    received,
  }: { task: ChannelTask | undefined; receiptHandle: string } & Pick<Attempt, "received">,
  error: unknown,
): Promise<boolean> {
  const isFinal =
    task && (secondsLeft(task, runtime.now()) === 0 || (isPermanentFault(error) && received >= faultLimit));
  try {
    if (task && isFinal) await runtime.channelQueue.bury(task);
    else await runtime.channelQueue.hold(receiptHandle, pauseBeforeAttempt(received, Math.random()));
    return isFinal ?? false;
  } catch {
    // It is handed out again when the queue's own time for it is over.
    return false;
  }
}

const shownTask = (
  { id, kind, appId }: ChannelTask,
  outcome: Pick<TaskOutcome, "kind" | "channel" | "reason">,
): NonNullable<LogEntry["task"]> => ({
  id,
  kind,
  appId,
  channel: outcome.channel,
  outcome: outcome.kind,
  reason: outcome.reason,
});
