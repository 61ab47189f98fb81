import { fileURLToPath } from "node:url";
import type { DeliveryQueue, QueuedEvent, UnreadDelivery } from "../model/events/queuedEvent.ts";
import { awsCall } from "./awsCall.ts";
import { queueText } from "./queueText.ts";
import { spool } from "./spool.ts";

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
  return queueText([queued, withoutRaw(queued)].find((candidate) => sizeOf(candidate) <= sizeLimit) ?? outline);
}

/** Packs pieces into queue messages. Each piece has 32 kB at most, so a message holds several. */
function* messagesOf({ pieces, ...delivery }: UnreadDelivery): Generator<string> {
  const write = (packed: readonly unknown[]) => queueText({ ...delivery, pieces: packed });
  const empty = Buffer.byteLength(write([]));
  let message: unknown[] = [];
  let size = empty;
  for (const piece of pieces) {
    const weight = Buffer.byteLength(queueText([piece])) - 1;
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

const sizeOf = (queued: object): number => Buffer.byteLength(queueText(queued));

const withoutRaw = ({ event, ...queued }: QueuedEvent): object => ({
  ...queued,
  event: { ...event, raw: undefined, person: { ...event.person, raw: undefined } },
});
