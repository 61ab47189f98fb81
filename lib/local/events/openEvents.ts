import { join } from "node:path";
import type { DynamoDBRecord } from "aws-lambda";
import { attachmentFilter, eventFilter } from "../../api/eventFilter.ts";
import type { PacedLoop } from "./pacedLoop.ts";
import { startQueueWorker } from "./queueWorker.ts";
import { openStreamPublisher } from "./streamPublisher.ts";

/** The name of the table with which a data directory begins; each reset makes another. */
export const firstTable = "sunroom";

/** The places of events on their way, in the data directory; the positions are those in the stream of this table. */
export function eventPlaces(dataDirectory: string, tableName = firstTable) {
  const inEvents = (name: string) => join(dataDirectory, "events", name);
  const ofTable = (name: string) => inEvents(tableName === firstTable ? name : `${tableName}-${name}`);
  return {
    /** The queues of first attempts, of further ones, and of what failed for good. */
    first: inEvents("first"),
    later: inEvents("later"),
    dead: inEvents("dead-letters"),
    /** Records of the stream that could not be told. */
    records: inEvents("untold-records"),
    position: ofTable("position.json"),
    /** The same of the reader that deletes files. */
    fileRecords: inEvents("unerased-records"),
    filePosition: ofTable("file-position.json"),
  };
}

export interface EventSettings {
  /** The endpoint of the engine, with the access key as its user name. */
  readonly endpoint: string;
  readonly tableName: string;
  readonly places: ReturnType<typeof eventPlaces>;
  /** Invokes one of the three Lambdas. */
  readonly invoke: (
    operation: "publishEvents" | "deliverEvents" | "eraseAttachments",
    event: object,
  ) => Promise<unknown>;
  /** Called with the records of the stream of which every event is queued. */
  readonly onPublished?: (records: readonly DynamoDBRecord[]) => void;
}

/**
 * Brings events from the table's stream to webhooks, as on AWS: the stream's records to the Lambda that publishes them,
 * and what that queues to the one that delivers; and removed attachments to the one that deletes their files. From when
 * this resolves no change is missed; the Lambdas are invoked from `start` on.
 * @throws StartError if the table has no stream
 */
export async function openEvents({ endpoint, tableName, places, invoke, onPublished }: EventSettings) {
  let running:
    | {
        readonly publisher: PacedLoop;
        readonly eraser: PacedLoop;
        readonly first: PacedLoop;
        readonly later: PacedLoop;
      }
    | undefined;
  const startPublisher = await openStreamPublisher({
    endpoint,
    tableName,
    filter: eventFilter,
    positionFile: places.position,
    deadLetters: places.records,
    publish: (event) => invoke("publishEvents", event),
    onPublished: (records) => {
      running?.first.kick();
      onPublished?.(records);
    },
  });
  const startEraser = await openStreamPublisher({
    endpoint,
    tableName,
    filter: attachmentFilter,
    positionFile: places.filePosition,
    deadLetters: places.fileRecords,
    publish: (event) => invoke("eraseAttachments", event),
  });
  const startQueue = (folder: string, ordered: boolean) =>
    startQueueWorker({
      folder,
      ordered,
      work: (event) => invoke("deliverEvents", event),
      deadLetters: places.dead,
      // A failed attempt may have queued a further one.
      onWorked: () => running?.later.kick(),
    });
  return {
    start() {
      running ??= {
        publisher: startPublisher(),
        eraser: startEraser(),
        first: startQueue(places.first, true),
        later: startQueue(places.later, false),
      };
    },
    /** Looks for events at once, e.g. after a request. */
    kick() {
      running?.publisher.kick();
      // Typing and replays are queued by the request itself; a file's deletion may wait for the eraser's next look.
      running?.first.kick();
    },
    /** Resolves when all that was committed before the call is published. */
    settle: async () => running?.publisher.settle(),
    /** Ends all work in good order; what is not done goes on at the next start. */
    async stop() {
      await Promise.all([running?.publisher.stop(), running?.eraser.stop()]);
      await Promise.all([running?.first.stop(), running?.later.stop()]);
    },
  };
}
