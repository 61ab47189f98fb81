import type {
  DynamoDBBatchResponse,
  DynamoDBRecord,
  DynamoDBStreamEvent,
  SQSBatchResponse,
  SQSEvent,
} from "aws-lambda";
import { attachmentFilter } from "../../api/eventFilter.ts";
import { spool } from "../../aws/spool.ts";
import { matchesFilter } from "./matchesFilter.ts";
import type { StoredMessage } from "./queueFolder.ts";
import { type QueueWorker, startQueueWorker } from "./queueWorker.ts";

export interface RemovalSettings {
  /** The folder of the records of removed attachments, and that of those whose files could not be deleted. */
  readonly folder: string;
  readonly deadLetters: string;
  /** The Lambda that deletes files. */
  readonly erase: (event: DynamoDBStreamEvent) => Promise<unknown>;
}

/**
 * Brings removed attachments to the Lambda that deletes their files. On AWS the stream invokes it; here the reader of
 * events hands over what it meets, since to read the stream twice would slow down every request.
 */
export function attachmentRemovals({ folder, deadLetters, erase }: RemovalSettings) {
  return {
    /** Keeps records of removed attachments among others; they are on the disk when this resolves. */
    async keep(records: readonly DynamoDBRecord[]): Promise<void> {
      const removed = records.filter((record) => matchesFilter(record, attachmentFilter));
      if (removed.length === 0) return;
      await spool(folder, JSON.stringify(removed.map(messageOf)));
    },
    /** Deletes the files of those that are kept, from now on. */
    start: (): QueueWorker =>
      startQueueWorker({ folder, ordered: false, deadLetters, work: (event) => eraseFiles(event, erase) }),
  };
}

/** Makes a message of a record, which its queue hands out. */
const messageOf = (record: DynamoDBRecord): StoredMessage => {
  const id = record.dynamodb?.SequenceNumber ?? "";
  return { id, group: id, body: JSON.stringify(record) };
};

/** Gives the Lambda the records that the queue hands out, as the stream would. */
async function eraseFiles(
  { Records }: SQSEvent,
  erase: (event: DynamoDBStreamEvent) => Promise<unknown>,
): Promise<SQSBatchResponse> {
  const records = Records.map(({ body }): DynamoDBRecord => JSON.parse(body));
  // The answer of a stream's Lambda, by its contract: nothing is failed where it answers nothing.
  const answer = (await erase({ Records: records })) as Partial<DynamoDBBatchResponse> | undefined | null;
  const failed = new Set(answer?.batchItemFailures?.map(({ itemIdentifier }) => itemIdentifier));
  const again = Records.filter((_, index) => failed.has(records[index]?.dynamodb?.SequenceNumber ?? ""));
  return { batchItemFailures: again.map(({ messageId }) => ({ itemIdentifier: messageId })) };
}
