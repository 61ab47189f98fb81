import { hash } from "node:crypto";
import { fileURLToPath } from "node:url";
import type { EventQueue, QueuedDelivery } from "../model/events/webhookDelivery.ts";
import { callQueue, type GroupedMessage, sendOrdered } from "./orderedQueue.ts";
import { queueText } from "./queueText.ts";
import { spool } from "./spool.ts";

/**
 * The numbers of groups in which the deliveries of a webhook keep their order: as many go to its target at once. One of
 * a conversation that waits holds up an eighth of the others.
 */
const groupsOfWebhook = 8;

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
    send: async (deliveries) => sendOrdered(present(urls.first), deliveries.map(grouped)),
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

const sendOne = (url: string, input: object) => callQueue(url, "SendMessage", input);

/** Keeps a delivery in a folder whose files are due at the time in their name; one file holds a list, as in the first. */
const keep = (url: string, delivery: QueuedDelivery, due: number): Promise<void> =>
  spool(fileURLToPath(url), JSON.stringify([grouped(delivery)]), due);
