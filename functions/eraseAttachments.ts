import type { DynamoDBBatchResponse, DynamoDBStreamEvent } from "aws-lambda";
import { namesInAttachmentKey } from "../lib/db/keys.ts";
import { objectKeyOf } from "../lib/model/files/attachment.ts";
import { describeFault } from "../lib/model/log.ts";
import { fileRuntime } from "../lib/runtime.ts";

/** Number of files that are deleted at once. */
const atOnce = 10;

/**
 * Deletes the files of attachments that left the table, whatever deleted them: a request, a conversation's or an app's
 * deletion, or their expiry. A record that fails is tried again, alone in the end.
 */
export const handler = async ({ Records }: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
  const failed: string[] = [];
  const erase = async (record: DynamoDBStreamEvent["Records"][number]) => {
    try {
      const { Keys, OldImage } = record.dynamodb ?? {};
      const names = namesInAttachmentKey(Keys?.pk?.S ?? "");
      await fileRuntime.store.remove(objectKeyOf({ ...names, fileId: OldImage?.fileId?.S }));
    } catch (error) {
      const itemIdentifier = record.dynamodb?.SequenceNumber ?? "";
      failed.push(itemIdentifier);
      fileRuntime.log({
        operation: "eraseAttachments",
        requestId: itemIdentifier,
        status: 500,
        milliseconds: 0,
        coldStart: false,
        usersCreated: 0,
        fault: describeFault(error),
      });
    }
  };
  for (let start = 0; start < Records.length; start += atOnce)
    await Promise.all(Records.slice(start, start + atOnce).map(erase));
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
};
