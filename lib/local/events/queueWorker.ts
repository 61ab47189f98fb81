import { randomUUID } from "node:crypto";
import type { SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import { spool, whenSpooled } from "../../aws/spool.ts";
import { RecentMap } from "../../model/recentMap.ts";
import { reportFault } from "../start/machineFault.ts";
import { messageGroups } from "./messageGroups.ts";
import { messageHolds } from "./messageHolds.ts";
import { type PacedLoop, pacedLoop } from "./pacedLoop.ts";
import { queueFolder, type StoredMessage, type TakenMessage } from "./queueFolder.ts";

export interface QueueSettings {
  readonly folder: string;
  /** Whether the messages of a group are handed out in their order, and each once in five minutes. */
  readonly ordered: boolean;
  /** Messages of a call of the Lambda, and times that it is given one: ten and five by default. */
  readonly batchSize?: number;
  readonly receivesAtMost?: number;
  /** The Lambda that works on the messages. */
  readonly work: (event: SQSEvent) => Promise<unknown>;
  /** The folder that keeps messages on which the Lambda failed each time. */
  readonly deadLetters: string;
}

/** The worker of a queue. */
export interface QueueWorker extends PacedLoop {
  /** @param within milliseconds that it waits for calls of the Lambda: three seconds by default */
  readonly stop: (within?: number) => Promise<void>;
}

/** A message in the worker's hands. */
interface Message extends TakenMessage {
  /** Names this message, also among others of its id. */
  readonly messageId: string;
  /** The number of times that the Lambda was given it. */
  receives: number;
  /** The time before which it is not handed out, in milliseconds since 1970. */
  waitsUntil: number;
}

/** Calls of the Lambda at a time, as many as on AWS: more than the ten webhooks of an app hold. */
const concurrency = 100;
/** Characters of the messages that are held in memory, beyond which no more are taken. */
const held = 16 * 1024 * 1024;
/** Milliseconds of the pause after the first failure, which doubles, and of the longest; a held message has its own. */
const pauseAfterFailure = { first: 1_000, longest: 60_000 };
/** Milliseconds within which a queue of type FIFO drops what has the id of an earlier message. Source: Amazon SQS. */
const sameWithin = 5 * 60_000;
/** Milliseconds between looks at a folder; what this process writes, or a kick, is looked for at once. */
const pace = { first: 50, longest: 1_000, apart: 20 };
/** Milliseconds that a stop waits for calls of the Lambda; what they do not finish is done again at the next start. */
const patience = 3_000;

/**
 * Works on the messages of a queue in a folder, as SQS and its event source mapping do on AWS: groups in parallel, the
 * messages of a group one batch after another. A message stays in the folder until the Lambda is done with it, so that
 * an end of the process loses none. One that the Lambda holds (`lib/aws/channelQueue.ts`) waits with its group, at no
 * cost to others.
 */
export function startQueueWorker(settings: QueueSettings): QueueWorker {
  const { ordered, batchSize = 10 } = settings;
  const folder = queueFolder(settings.folder);
  const holds = messageHolds(settings.folder);
  const groups = messageGroups<Message>();
  const running = new Set<Promise<void>>();
  const isRepeated = recentRepeats();
  let size = 0;
  let isFull = false;
  let stopped = false;

  const accept = async (taken: TakenMessage) => {
    if (ordered && isRepeated(taken)) return taken.done();
    const messageId = randomUUID();
    groups.add(ordered ? taken.group : messageId, {
      ...taken,
      messageId,
      receives: 0,
      waitsUntil: holds.known(taken.receipt),
    });
    size += taken.body.length;
  };
  const finish = async (message: Message) => {
    size -= message.body.length;
    await message.done();
    await holds.forget(message.receipt);
  };
  const release = (group: string, again: readonly Message[]) => {
    groups.release(group, again);
    dispatch();
    // Only then the folder holds what was passed over: to look there after each batch takes longer the more it holds.
    if (isFull) loop.kick();
  };
  const begin = (group: string, batch: readonly Message[]) => {
    const wait = Math.max(...batch.map(({ waitsUntil }) => waitsUntil)) - Date.now();
    if (wait > 0) return void setTimeout(release, wait, group, batch).unref();
    const call = workOn(batch, { ...settings, holds }, finish)
      .catch((error: unknown) => {
        // The disk failed: what is not done is found there at the next start.
        reportFault(error);
        return [];
      })
      .then((again) => {
        running.delete(call);
        release(group, again);
      });
    running.add(call);
  };
  const loop = pacedLoop(async () => {
    isFull = false;
    while (size < held) {
      const messages = await folder.take(Date.now());
      if (!messages) break;
      for (const message of messages) await accept(message);
    }
    isFull = size >= held;
    dispatch();
    return "nothing";
  }, pace);
  whenSpooled(settings.folder, loop.kick);
  /** Gives the Lambda what waits, as far as its concurrency goes. */
  const dispatch = () => {
    if (stopped) return;
    for (let turn = nextTurn(); turn; turn = nextTurn()) begin(turn.group, turn.batch);
  };
  const nextTurn = () => (running.size < concurrency ? groups.take(batchSize) : undefined);

  return {
    kick: loop.kick,
    /** Resolves when the Lambda has worked on all that was due at this call, if only to be given it again later. */
    async settle() {
      await loop.settle();
      while (running.size > 0) await Promise.all(running);
    },
    async stop(within = patience) {
      stopped = true;
      await loop.stop();
      await endOf(running, within);
    },
  };
}

/** Resolves when all is settled, or after these milliseconds. */
async function endOf(running: ReadonlySet<Promise<void>>, within: number): Promise<void> {
  if (running.size === 0) return;
  const late = new Promise((resolve) => setTimeout(resolve, within).unref());
  await Promise.race([Promise.all(running), late]);
}

/** Gives messages to the Lambda; answers those that it is to be given again, and finishes the others. */
async function workOn(
  batch: readonly Message[],
  { work, deadLetters, receivesAtMost = 5, holds }: QueueSettings & { readonly holds: ReturnType<typeof messageHolds> },
  finish: (message: Message) => Promise<void>,
): Promise<readonly Message[]> {
  for (const message of batch) message.receives++;
  const failures = await failuresOf(work, batch);
  const again: Message[] = [];
  for (const message of batch) {
    const failed = failures.has(message.messageId);
    if (failed && message.receives < receivesAtMost) {
      const heldUntil = await holds.look(message.receipt);
      message.waitsUntil = heldUntil > Date.now() ? heldUntil : Date.now() + pauseAfter(message);
      again.push(message);
    } else {
      if (failed) await spool(deadLetters, JSON.stringify([stored(message)]));
      await finish(message);
    }
  }
  return again;
}

/** Makes a function that tells whether a message has the id of one that was sent shortly before. */
function recentRepeats() {
  const sentAt = new RecentMap<number>(20_000);
  return ({ id, due }: TakenMessage): boolean => {
    const before = sentAt.get(id);
    if (before !== undefined && due - before < sameWithin) return true;
    sentAt.set(id, due);
    return false;
  };
}

/** Invokes the Lambda; answers the messages that are not done: those that it names, or all if it throws. */
async function failuresOf(work: QueueSettings["work"], batch: readonly Message[]): Promise<ReadonlySet<string>> {
  try {
    // The answer of a queue's Lambda, by its contract: all is done where it answers nothing.
    const answer = (await work({ Records: batch.map(recordOf) })) as Partial<SQSBatchResponse> | undefined | null;
    return new Set(answer?.batchItemFailures?.map(({ itemIdentifier }) => itemIdentifier));
  } catch (error) {
    reportFault(error);
    return new Set(batch.map(({ messageId }) => messageId));
  }
}

const pauseAfter = ({ receives }: Message): number =>
  Math.min(pauseAfterFailure.first * 2 ** (receives - 1), pauseAfterFailure.longest);

const stored = ({ id, group, body }: Message): StoredMessage => ({ id, group, body });

/** Gives a message the form in which Lambda hands it over. */
const recordOf = ({ id, group, body, due, receipt, messageId, receives }: Message): SQSRecord => ({
  messageId,
  receiptHandle: receipt,
  body,
  attributes: {
    ApproximateReceiveCount: String(receives),
    SentTimestamp: String(due),
    SenderId: "local",
    ApproximateFirstReceiveTimestamp: String(due),
    MessageGroupId: group,
    MessageDeduplicationId: id,
  },
  messageAttributes: {},
  md5OfBody: "",
  eventSource: "aws:sqs",
  eventSourceARN: "arn:aws:sqs:local:000000000000:events",
  awsRegion: "local",
});
