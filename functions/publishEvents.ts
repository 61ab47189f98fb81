import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from "aws-lambda";
import { publishRecords } from "../lib/events/webhooks/publishRecords.ts";
import { eventRuntime } from "../lib/runtime.ts";

/**
 * Queues what the table's changes mean to webhooks. A record that fails is tried again, alone in the end, and kept when
 * it fails for good; what comes after it in the stream does not wait for that.
 */
export const handler = async (batch: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
  const failed = await publishRecords(eventRuntime, batch.Records);
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
};
