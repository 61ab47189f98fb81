import { join } from "node:path";
import type { DynamoDBRecord } from "aws-lambda";
import { eventFilter } from "../../api/eventFilter.ts";
import { attachmentRemovals } from "./attachmentRemovals.ts";
import { type QueueWorker, startQueueWorker } from "./queueWorker.ts";
import { openStreamPublisher, type StreamPublisher } from "./streamPublisher.ts";

/** The name of the table with which a data directory begins; each reset makes another. */
export const firstTable = "sunroom";

/**
 * The places of events and of tasks at channels on their way, in the data directory; the position is that in the stream
 * of this table.
 */
export function eventPlaces(dataDirectory: string, tableName = firstTable) {
  const inEvents = (name: string) => join(dataDirectory, "events", name);
  const ofTable = (name: string) => inEvents(tableName === firstTable ? name : `${tableName}-${name}`);
  return {
    /** The queues of first attempts, of further ones, and of what failed for good. */
    first: inEvents("first"),
    later: inEvents("later"),
    dead: inEvents("dead-letters"),
    /** The queues of tasks at channels' providers, and of those that failed by a fault of ours. */
    tasks: join(dataDirectory, "tasks"),
    deadTasks: join(dataDirectory, "dead-tasks"),
    /** Records of the stream that could not be told. */
    records: inEvents("untold-records"),
    position: ofTable("position.json"),
    /** The queue of records of removed attachments, and those whose files could not be deleted. */
    removals: inEvents("removed-attachments"),
    deadRemovals: inEvents("unerased-records"),
  };
}

/** Times that the Lambda is given a task, as on AWS (`lib/infra/queues/channelTasks.ts`). */
const triesOfTask = 1_000;

export interface EventSettings {
  /** The endpoint of the engine, with the access key as its user name. */
  readonly endpoint: string;
  readonly tableName: string;
  readonly places: ReturnType<typeof eventPlaces>;
  /** Invokes one of the Lambdas. */
  readonly invoke: (
    operation: "publishEvents" | "deliverEvents" | "callChannels" | "eraseAttachments",
    event: object,
  ) => Promise<unknown>;
  /** Called with the records of the stream of which every event is queued. */
  readonly onPublished?: (records: readonly DynamoDBRecord[]) => void;
}

/**
 * Brings events from the table's stream to webhooks and channels, as on AWS: the stream's records to the Lambda that
 * publishes them, and what that queues to those that deliver and call channels; and removed attachments to the one that
 * deletes their files. From when this resolves no change is missed; the Lambdas are invoked from `start` on.
 * @throws StartError if the table has no stream
 */
export async function openEvents({ endpoint, tableName, places, invoke, onPublished }: EventSettings) {
  let running:
    | {
        readonly publisher: StreamPublisher;
        readonly queues: readonly QueueWorker[];
      }
    | undefined;
  const removals = attachmentRemovals({
    folder: places.removals,
    deadLetters: places.deadRemovals,
    erase: (event) => invoke("eraseAttachments", event),
  });
  const startPublisher = await openStreamPublisher({
    endpoint,
    tableName,
    filter: eventFilter,
    positionFile: places.position,
    deadLetters: places.records,
    publish: (event) => invoke("publishEvents", event),
    ...(onPublished ? { onPublished } : {}),
    alsoKeep: removals.keep,
  });
  const startQueue = (folder: string, ordered: boolean) =>
    startQueueWorker({
      folder,
      ordered,
      work: (event) => invoke("deliverEvents", event),
      deadLetters: places.dead,
    });
  const startTasks = () =>
    startQueueWorker({
      ...{ folder: places.tasks, ordered: true, batchSize: 1, receivesAtMost: triesOfTask },
      work: (event) => invoke("callChannels", event),
      deadLetters: places.deadTasks,
    });
  return {
    start() {
      running ??= {
        publisher: startPublisher(),
        queues: [startQueue(places.first, true), startQueue(places.later, false), startTasks(), removals.start()],
      };
    },
    /** Looks for changes of the table at once, e.g. after a request. */
    kick() {
      running?.publisher.kick();
    },
    /** Resolves when all that was committed before the call is published. */
    settle: async () => running?.publisher.settle(),
    /** Resolves when all that is published was delivered, called or deleted, or waits for a further attempt. */
    async work() {
      await Promise.all(running?.queues.map((queue) => queue.settle()) ?? []);
    },
    /** Ends all work in good order; what is not done goes on at the next start. */
    async stop() {
      await running?.publisher.stop();
      await Promise.all(running?.queues.map((queue) => queue.stop()) ?? []);
    },
    /**
     * Ends all work of which nothing is to go on, with the table.
     * @param patience milliseconds that it waits for calls of the Lambdas
     */
    async abandon(patience: number) {
      await running?.publisher.abandon();
      await Promise.all(running?.queues.map((queue) => queue.stop(patience)) ?? []);
    },
  };
}
