import type { Context, SQSBatchResponse, SQSEvent } from "aws-lambda";
import { workOnTask } from "../lib/channels/outbound/workOnTask.ts";
import { channelTaskRuntime } from "../lib/runtime.ts";

/** Milliseconds that a request to a provider may take, with what is written of it. */
const requestMilliseconds = 25_000;

/**
 * Does what is to be done at channels' providers: sends what businesses say, in order for each person. A task that is
 * to be done later stays in its queue.
 */
export const handler = async (
  { Records }: SQSEvent,
  context: Pick<Context, "getRemainingTimeInMillis">,
): Promise<SQSBatchResponse> => {
  const mayContinue = () => context.getRemainingTimeInMillis() > requestMilliseconds;
  const failed: string[] = [];
  // Of a queue in order, what comes after a task that failed would overtake it.
  for (const record of Records)
    if (failed.length > 0 || !(await workOnTask(channelTaskRuntime, record, mayContinue)))
      failed.push(record.messageId);
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
};
