import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ChannelQueue, ChannelTask } from "../model/channelCall.ts";
import { callQueue, type GroupedMessage, sendOrdered } from "./orderedQueue.ts";
import { queueText } from "./queueText.ts";

/**
 * The seconds for which a message can be held: twelve hours after it was handed out, less what the Lambda that holds it
 * has run.
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html
 */
const longestHold = 12 * 60 * 60 - 120;

/**
 * Opens the queue of tasks at channels' providers, and that of those that failed by a fault of ours. On AWS two SQS
 * queues of type FIFO; off AWS two folders, of which the local server works on the first.
 * @param urls `https:` of the queues, or `file:` of the folders
 */
export function channelQueue(urls: {
  readonly tasks: string | undefined;
  readonly dead: string | undefined;
}): ChannelQueue {
  return {
    send: async (tasks) => sendOrdered(present(urls.tasks), tasks.map(grouped)),
    async hold(receipt, seconds) {
      const url = present(urls.tasks);
      const held = Math.max(0, Math.min(Math.ceil(seconds), longestHold));
      if (url.startsWith("file:")) return noteHold(fileURLToPath(url), receipt, Date.now() + held * 1000);
      // A receipt that is out of date is refused; then the message is handed out again anyhow.
      await callQueue(url, "ChangeMessageVisibility", { ReceiptHandle: receipt, VisibilityTimeout: held });
    },
    bury: async (task) => sendOrdered(present(urls.dead), [grouped(task)]),
  };
}

function present(url: string | undefined): string {
  if (url === undefined) throw new Error("This Lambda has no such queue of tasks at channels.");
  return url;
}

const grouped = (task: ChannelTask): GroupedMessage => ({ id: task.id, group: task.group, body: queueText(task) });

/** Writes, beside the messages of a folder, until when one of them is held. The file appears whole or not at all. */
async function noteHold(folder: string, receipt: string, until: number): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const name = join(folder, `${receipt}.held`);
  await writeFile(`${name}.part`, String(until), { flush: true, mode: 0o600 });
  await rename(`${name}.part`, name);
}
