import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import { runtime } from "../lib/channelRuntime.ts";

/** Stores what could not be stored when it came. An event that fails again stays in the queue, and in the end goes to its dead letters. */
export const handler = async (batch: SQSEvent): Promise<SQSBatchResponse> => {
  const failures = [];
  for (const record of batch.Records) {
    const stored = await runtime.replay(record.body, record.messageId);
    if (!stored) failures.push({ itemIdentifier: record.messageId });
  }
  return { batchItemFailures: failures };
};
