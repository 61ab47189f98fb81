import { randomUUID } from "node:crypto";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { DeliveryQueue, QueuedEvent, UnreadDelivery } from "../model/queuedEvent.ts";
import { awsCall } from "./awsCall.ts";

/** Bytes of a queued event: SQS takes 256 kB. Beyond its text, the content from the channel is dispensable. */
const sizeLimit = 250 * 1024;

/**
 * Opens the queues of events that could not be stored: one for events to try again, one for those that can never be
 * stored. On AWS two SQS queues, the second the first's dead letters; off AWS two folders, of which the local server
 * replays the first.
 * @param urls `https:` of the queues, or `file:` of the folders; without them nothing can be queued
 */
export function deliveryQueue(urls: {
  readonly retry: string | undefined;
  readonly dead: string | undefined;
}): DeliveryQueue {
  const send = async (url: string | undefined, body: string): Promise<boolean> => {
    if (url === undefined) return false;
    if (url.startsWith("file:")) {
      await spool(fileURLToPath(url), body);
      return true;
    }
    // A message that is sent twice is stored once: its id is derived from the provider's.
    await awsCall("sqs", {
      endpoint: new URL(url).origin,
      target: "AmazonSQS.SendMessage",
      version: "1.0",
      input: { QueueUrl: url, MessageBody: body },
    });
    return true;
  };
  return {
    retry: async (queued) => sizeOf(withoutRaw(queued)) <= sizeLimit && (await send(urls.retry, encode(queued))),
    park: (queued) => send(urls.dead, encode(queued)),
    parkUnread: async (unread) => {
      for (const body of messagesOf(unread)) if (!(await send(urls.dead, body))) return false;
      return true;
    },
  };
}

function encode(queued: QueuedEvent): string {
  const { person, kind } = queued.event;
  const { externalId, aliases, unverified } = person;
  const outline = { ...queued, event: { kind, person: { externalId, aliases, unverified } } };
  return JSON.stringify([queued, withoutRaw(queued)].find((candidate) => sizeOf(candidate) <= sizeLimit) ?? outline);
}

/** Packs pieces into queue messages. Each piece has 32 kB at most, so a message holds several. */
function* messagesOf({ pieces, ...delivery }: UnreadDelivery): Generator<string> {
  const write = (packed: readonly unknown[]) => JSON.stringify({ ...delivery, pieces: packed });
  const empty = Buffer.byteLength(write([]));
  let message: unknown[] = [];
  let size = empty;
  for (const piece of pieces) {
    const weight = Buffer.byteLength(JSON.stringify(piece)) + 1;
    if (message.length > 0 && size + weight > sizeLimit) {
      yield write(message);
      message = [];
      size = empty;
    }
    message.push(piece);
    size += weight;
  }
  if (message.length > 0) yield write(message);
}

const sizeOf = (queued: object): number => Buffer.byteLength(JSON.stringify(queued));

const withoutRaw = ({ event, ...queued }: QueuedEvent): object => ({
  ...queued,
  event: { ...event, raw: undefined, person: { ...event.person, raw: undefined } },
});

/** Writes a file that appears whole or not at all, so that no reader finds half of one. */
async function spool(folder: string, body: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const name = join(folder, `${Date.now()}-${randomUUID()}`);
  await writeFile(`${name}.part`, body, { flush: true, mode: 0o600 });
  await rename(`${name}.part`, `${name}.json`);
}
