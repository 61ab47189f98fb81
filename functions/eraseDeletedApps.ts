import type { Context, ScheduledEvent } from "aws-lambda";
import { eraseDeletedApps } from "../lib/apps/eraseDeletedApps.ts";
import { describeFault } from "../lib/model/log.ts";
import { workerRuntime } from "../lib/runtime.ts";

/** Milliseconds for a page of the table and its deletions. */
const pageMilliseconds = 30_000;

/** Deletes the data of deleted apps for as long as the Lambda may run; the next run continues. */
export const handler = async ({ time }: Pick<ScheduledEvent, "time">, context: Context): Promise<void> => {
  const started = performance.now();
  const entry = {
    operation: "eraseDeletedApps",
    requestId: context.awsRequestId,
    coldStart: false,
    usersCreated: 0,
  };
  const milliseconds = () => Math.round(performance.now() - started);
  try {
    await eraseDeletedApps(workerRuntime, new Date(time), () => context.getRemainingTimeInMillis() > pageMilliseconds);
    workerRuntime.log({ ...entry, status: 200, milliseconds: milliseconds() });
  } catch (error) {
    workerRuntime.log({ ...entry, status: 500, milliseconds: milliseconds(), fault: describeFault(error) });
    throw error;
  }
};
