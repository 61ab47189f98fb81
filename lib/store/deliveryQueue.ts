import { randomUUID } from "node:crypto";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ChannelEvent } from "../domain/channel.ts";
import { awsCall } from "./awsCall.ts";

/** A verified event that could not be stored when it came. */
export interface QueuedEvent {
  /** The request that it came with, so that its replay is found in the log under the same id. */
  readonly requestId: string;
  readonly appId: string;
  readonly integrationId: string;
  readonly event: ChannelEvent;
  readonly receivedAt: string;
  /** Why it was put here: the class of the error, never its message. */
  readonly reason: string;
}

/** What could not be read of a verified delivery, for one reason: for a human, as no replay can make an event of it. */
export interface UnreadDelivery extends Omit<QueuedEvent, "event"> {
  readonly pieces: readonly unknown[];
}

/** What a queued event may weigh: SQS takes 256 kB, and of what a channel sends besides the text one can do without. */
const sizeLimit = 250 * 1024;

/**
 * Where events wait that a channel would not deliver again, and those that can never be stored. On AWS two SQS queues,
 * the second the first's dead letters; off AWS two folders, of which the local server replays the first.
 *
 * @param urls `https:` of the queues, or `file:` of the folders; without them nothing can be queued
 */
export function deliveryQueue(urls: { readonly retry: string | undefined; readonly dead: string | undefined }) {
  const send = async (url: string | undefined, body: string): Promise<boolean> => {
    if (url === undefined) return false;
    if (url.startsWith("file:")) {
      await spool(fileURLToPath(url), body);
      return true;
    }
    // A message that is sent twice is stored once: its id follows from the provider's.
    await awsCall("sqs", {
      endpoint: new URL(url).origin,
      target: "AmazonSQS.SendMessage",
      version: "1.0",
      input: { QueueUrl: url, MessageBody: body },
    });
    return true;
  };
  return {
    /**
     * Keeps an event to be tried again. Answers `false` where there is no queue, and for an event that is too large to be
     * kept whole; throws when it cannot be kept.
     */
    retry: async (queued: QueuedEvent) =>
      sizeOf(withoutRaw(queued)) <= sizeLimit && (await send(urls.retry, encode(queued))),
    /** Keeps an event that can never be stored, or the outline of one that is too large, for a human to look at. */
    park: (queued: QueuedEvent) => send(urls.dead, encode(queued)),
    /** Keeps what could not be read for a human to look at, in as few letters as hold it. Answers and throws like `retry`. */
    async parkUnread(unread: UnreadDelivery): Promise<boolean> {
      for (const body of lettersOf(unread)) if (!(await send(urls.dead, body))) return false;
      return true;
    },
  };
}

function encode(queued: QueuedEvent): string {
  const { person, kind } = queued.event;
  const { externalId, aliases, unverified } = person;
  const outline = { ...queued, event: { kind, person: { externalId, aliases, unverified } } };
  return JSON.stringify([queued, withoutRaw(queued)].find((one) => sizeOf(one) <= sizeLimit) ?? outline);
}

/** Each piece weighs 32 kB at most, so a letter holds several. */
function* lettersOf({ pieces, ...delivery }: UnreadDelivery): Generator<string> {
  const write = (held: readonly unknown[]) => JSON.stringify({ ...delivery, pieces: held });
  const empty = Buffer.byteLength(write([]));
  let letter: unknown[] = [];
  let size = empty;
  for (const piece of pieces) {
    const weight = Buffer.byteLength(JSON.stringify(piece)) + 1;
    if (letter.length > 0 && size + weight > sizeLimit) {
      yield write(letter);
      letter = [];
      size = empty;
    }
    letter.push(piece);
    size += weight;
  }
  if (letter.length > 0) yield write(letter);
}

const sizeOf = (queued: object): number => Buffer.byteLength(JSON.stringify(queued));

const withoutRaw = ({ event, ...queued }: QueuedEvent): object => ({
  ...queued,
  event: { ...event, raw: undefined, person: { ...event.person, raw: undefined } },
});

/** A file appears whole or not at all, so a reader never meets half of one. */
async function spool(folder: string, body: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const name = join(folder, `${Date.now()}-${randomUUID()}`);
  await writeFile(`${name}.part`, body, { flush: true, mode: 0o600 });
  await rename(`${name}.part`, `${name}.json`);
}

/** Reads an event as it was queued: JSON keeps no dates. */
export function readQueued(body: string): QueuedEvent {
  const queued: QueuedEvent = JSON.parse(body);
  const { occurredAt } = queued.event;
  return occurredAt === undefined
    ? queued
    : { ...queued, event: { ...queued.event, occurredAt: new Date(occurredAt) } };
}
