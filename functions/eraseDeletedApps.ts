import type { Context, ScheduledEvent } from "aws-lambda";
import { runtime } from "../lib/appErasureRuntime.ts";

/** What a page of the table, and what is deleted of it, may take in milliseconds. */
const aPage = 30_000;

/** Deletes what is left of deleted apps, for as long as the Lambda may run; the next time goes on. */
export const handler = async ({ time }: Pick<ScheduledEvent, "time">, context: Context): Promise<void> =>
  runtime.eraseDeletedApps(new Date(time), () => context.getRemainingTimeInMillis() > aPage, context.awsRequestId);
