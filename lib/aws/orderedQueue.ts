import { fileURLToPath } from "node:url";
import { awsCall } from "./awsCall.ts";
import { spool } from "./spool.ts";

/** A message as it stands in an ordered queue: those of a group keep their order. */
export interface GroupedMessage {
  readonly id: string;
  readonly group: string;
  readonly body: string;
}

/** Messages of a batch, and bytes of their bodies in all. Source: the quotas of Amazon SQS; of the bytes a half. */
const batchLimit = { messages: 10, bytes: 512 * 1024 };

/**
 * Sends messages to an SQS queue of type FIFO, or puts them as one file into a folder, which the local server reads.
 * Resolves when all are durably queued. A queue drops what it was sent within the last five minutes, by its id, so that
 * all of it may be sent again.
 * @param url `https:` of the queue, or `file:` of the folder
 * @throws Error if the queue refused any of it, named by the codes of the refusals
 */
export async function sendOrdered(url: string, messages: readonly GroupedMessage[]): Promise<void> {
  if (!url.startsWith("file:")) for (const batch of batchesOf(messages)) await sendBatch(url, batch);
  else if (messages.length > 0) await spool(fileURLToPath(url), JSON.stringify(messages));
}

function* batchesOf(messages: readonly GroupedMessage[]): Generator<readonly GroupedMessage[]> {
  let batch: GroupedMessage[] = [];
  let size = 0;
  for (const message of messages) {
    const bytes = Buffer.byteLength(message.body);
    if (batch.length === batchLimit.messages || (batch.length > 0 && size + bytes > batchLimit.bytes)) {
      yield batch;
      batch = [];
      size = 0;
    }
    batch.push(message);
    size += bytes;
  }
  if (batch.length > 0) yield batch;
}

async function sendBatch(url: string, batch: readonly GroupedMessage[]): Promise<void> {
  const { Failed } = await callQueue(url, "SendMessageBatch", {
    Entries: batch.map(({ id, group, body }, index) => ({
      Id: String(index),
      MessageBody: body,
      MessageGroupId: group,
      MessageDeduplicationId: id,
    })),
  });
  if (!Array.isArray(Failed) || Failed.length === 0) return;
  const codes = new Set(Failed.map(({ Code }: { Code?: unknown }) => String(Code)));
  throw new Error(`The queue refused ${Failed.length} of ${batch.length} messages: ${[...codes].join(", ")}`);
}

/** Calls SQS about a queue. */
export const callQueue = (
  url: string,
  action: "SendMessage" | "SendMessageBatch" | "ChangeMessageVisibility",
  input: object,
): Promise<Record<string, unknown>> =>
  awsCall("sqs", {
    endpoint: new URL(url).origin,
    target: `AmazonSQS.${action}`,
    version: "1.0",
    input: { QueueUrl: url, ...input },
  });
