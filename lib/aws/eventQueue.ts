import { hash } from "node:crypto";
import { fileURLToPath } from "node:url";
import type { EventQueue, QueuedDelivery } from "../model/events/webhookDelivery.ts";
import { awsCall } from "./awsCall.ts";
import { queueText } from "./queueText.ts";
import { spool } from "./spool.ts";

/**
 * The numbers of groups in which the deliveries of a webhook keep their order: as many go to its target at once. One of
 * a conversation that waits holds up an eighth of the others.
 */
const groupsOfWebhook = 8;
/** Messages of a batch, and bytes of their bodies in all. Source: the quotas of Amazon SQS; of the bytes a half. */
const batchLimit = { messages: 10, bytes: 512 * 1024 };

/** A message as it stands in the ordered queue. */
interface GroupedMessage {
  readonly id: string;
  readonly group: string;
  readonly body: string;
}

/**
 * Opens the queues of events on their way to webhooks: of first attempts, in order; of further attempts; and of
 * deliveries that failed for good. On AWS an SQS queue of type FIFO and two of the standard type; off AWS three folders,
 * which the local server reads.
 * @param urls `https:` of the queues, or `file:` of the folders
 */
export function eventQueue(urls: {
  readonly first: string | undefined;
  readonly later: string | undefined;
  readonly dead: string | undefined;
}): EventQueue {
  return {
    async send(deliveries) {
      const url = present(urls.first);
      const messages = deliveries.map(grouped);
      if (!url.startsWith("file:")) for (const batch of batchesOf(messages)) await sendBatch(url, batch);
      else if (messages.length > 0) await spool(fileURLToPath(url), JSON.stringify(messages));
    },
    async sendLater(delivery, seconds) {
      const url = present(urls.later);
      if (url.startsWith("file:")) return keep(url, delivery, Date.now() + seconds * 1000);
      await sendOne(url, { MessageBody: queueText(delivery), DelaySeconds: Math.ceil(seconds) });
    },
    async bury(delivery) {
      const url = present(urls.dead);
      if (url.startsWith("file:")) return keep(url, delivery, Date.now());
      await sendOne(url, { MessageBody: queueText(delivery) });
    },
  };
}

function present(url: string | undefined): string {
  if (url === undefined) throw new Error("This Lambda has no such queue of events.");
  return url;
}

/** Puts a delivery in the group of those with which it keeps its order. */
function grouped(delivery: QueuedDelivery): GroupedMessage {
  const { id, webhookId, orderedBy } = delivery;
  const bucket = Number(`0x${hash("sha256", orderedBy).slice(0, 8)}`) % groupsOfWebhook;
  return { id, group: `${webhookId}-${bucket}`, body: queueText(delivery) };
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

/**
 * Sends a batch to a queue of type FIFO, which drops what it was sent within the last five minutes: the whole batch may
 * be sent again.
 * @throws Error if the queue refused any of it, named by the codes of the refusals
 */
async function sendBatch(url: string, batch: readonly GroupedMessage[]): Promise<void> {
  const { Failed } = await call(url, "SendMessageBatch", {
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

const sendOne = (url: string, input: object) => call(url, "SendMessage", input);

const call = (url: string, action: "SendMessage" | "SendMessageBatch", input: object) =>
  awsCall("sqs", {
    endpoint: new URL(url).origin,
    target: `AmazonSQS.${action}`,
    version: "1.0",
    input: { QueueUrl: url, ...input },
  });

/** Keeps a delivery in a folder whose files are due at the time in their name; one file holds a list, as in the first. */
const keep = (url: string, delivery: QueuedDelivery, due: number): Promise<void> =>
  spool(fileURLToPath(url), JSON.stringify([grouped(delivery)]), due);
