import type { SQSBatchResponse, SQSEvent } from "aws-lambda";
import { replayEvent } from "../lib/channels/inbound/replayEvent.ts";
import { channelRuntime } from "../lib/runtime.ts";

/**
 * Stores events that could not be stored when they came. An event that fails again stays in the queue, which moves it
 * to its dead letters in the end.
 */
export const handler = async (batch: SQSEvent): Promise<SQSBatchResponse> => {
  const failures = [];
  for (const record of batch.Records) {
    const stored = await replayEvent(channelRuntime, record.body, record.messageId);
    if (!stored) failures.push({ itemIdentifier: record.messageId });
  }
  return { batchItemFailures: failures };
};
