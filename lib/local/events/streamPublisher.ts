import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from "aws-lambda";
import { spool } from "../../aws/spool.ts";
import { StartError } from "../startError.ts";
import { keepPosition, readPosition } from "./keptPosition.ts";
import { type FilterPattern, matchesFilter } from "./matchesFilter.ts";
import { type PacedLoop, pacedLoop } from "./pacedLoop.ts";
import { type StreamApi, streamApi } from "./streamApi.ts";
import { type StreamPosition, streamReader } from "./streamReader.ts";

export interface PublisherSettings {
  /** The endpoint of the engine, with the access key as its user name. */
  readonly endpoint: string;
  readonly tableName: string;
  /** The file of the position in the stream. */
  readonly positionFile: string;
  /** The filter of the records that the Lambda is given. */
  readonly filter: FilterPattern;
  /** The Lambda that the stream invokes. */
  readonly publish: (event: DynamoDBStreamEvent) => Promise<unknown>;
  /** The folder that keeps records of which the Lambda told each time that it failed on them. */
  readonly deadLetters: string;
  /** Called with the records of which every event is queued. */
  readonly onPublished?: (records: readonly DynamoDBRecord[]) => void;
  /** Keeps what else is to be done about records: it is durable when this resolves. It may be called again with them. */
  readonly alsoKeep?: (records: readonly DynamoDBRecord[]) => Promise<void>;
}

/** The reader of a stream. */
export interface StreamPublisher extends PacedLoop {
  /** Stops without keeping the position, since nobody will read on. */
  readonly abandon: () => Promise<void>;
}

/** Records of a call of the Lambda. */
const batchSize = 100;
/** Records that are read at once where none is told. */
const largestPage = 1_000;
/**
 * Milliseconds between times at which the position is kept, since each waits for the disk, and the engine's writes with
 * it: so much is told twice after the process was killed. And pages that tell nothing, after which it is kept.
 */
const unkeptFor = 1_000;
const unkeptPages = 100;
/** Times that the Lambda may fail on a record. */
const failuresAtMost = 5;
/** Milliseconds between looks at a stream; a kick looks at once. */
const pace = { first: 10, longest: 1_000, apart: 20 };

/**
 * Opens the stream of a local table at the position that is kept, else at its end as it is now: what was there before is
 * of a table that was deleted, or of a time without this server. Answers a function that feeds the Lambda from there, as
 * the event source mapping does on AWS; the position moves only past records whose events are queued.
 * @throws StartError if the table has no stream
 */
export async function openStreamPublisher(settings: PublisherSettings): Promise<() => StreamPublisher> {
  const { endpoint, tableName, positionFile } = settings;
  const api = streamApi(endpoint);
  const streamArn = await api.findStream(tableName);
  if (streamArn === undefined) throw new StartError(`The table "${tableName}" has no stream of its changes.`);
  mkdirSync(dirname(positionFile), { recursive: true, mode: 0o700 });
  const begin = readPosition(positionFile, streamArn) ?? (await endOf(api, streamArn));
  await keepPosition(positionFile, begin);
  return () => publishFrom(api, begin, settings);
}

function publishFrom(api: StreamApi, begin: StreamPosition, settings: PublisherSettings): StreamPublisher {
  const reader = streamReader(api, begin, batchSize);
  const publish = batchPublisher(settings);

  let unkept = 0;
  let keptAt = performance.now();
  const take = async (records: readonly DynamoDBRecord[]) => {
    const wanted = records.filter((record) => matchesFilter(record, settings.filter));
    const failed = wanted.length === 0 ? undefined : await publish(wanted);
    const done = failed === undefined ? records : records.slice(0, records.indexOf(failed));
    if (done.length > 0) await settings.alsoKeep?.(done);
    const published = failed === undefined ? wanted : wanted.slice(0, wanted.indexOf(failed));
    if (published.length > 0) settings.onPublished?.(published);
    unkept += published.length > 0 ? unkeptPages : 1;
    return done.at(-1)?.dynamodb?.SequenceNumber;
  };
  const loop = pacedLoop(async () => {
    const found = await reader.read(take);
    if (unkept < unkeptPages || performance.now() - keptAt < unkeptFor) return found;
    await keepPosition(settings.positionFile, reader.position());
    unkept = 0;
    keptAt = performance.now();
    return found;
  }, pace);
  return {
    kick: loop.kick,
    settle: loop.settle,
    async stop() {
      await loop.stop();
      await keepPosition(settings.positionFile, reader.position());
      api.close();
    },
    async abandon() {
      await loop.stop();
      api.close();
    },
  };
}

/** Reads a stream to its end. */
async function endOf(api: StreamApi, streamArn: string): Promise<StreamPosition> {
  const reader = streamReader(api, { streamArn, shards: {} }, largestPage);
  const pass = async (records: readonly DynamoDBRecord[]) => records.at(-1)?.dynamodb?.SequenceNumber;
  while ((await reader.read(pass)) !== "nothing");
  return reader.position();
}

/**
 * Makes a function that gives records to the Lambda, and answers the first that is to be given to it again. The Lambda
 * names those on which it failed; one that it names too often is kept apart and holds up the others no longer, as behind
 * the event source mapping on AWS.
 */
function batchPublisher({ publish, deadLetters }: PublisherSettings) {
  const failures = new Map<string, number>();
  return async (records: readonly DynamoDBRecord[]): Promise<DynamoDBRecord | undefined> => {
    // The answer of a stream's Lambda, by its contract: nothing is failed where it answers nothing.
    const answer = (await publish({ Records: [...records] })) as Partial<DynamoDBBatchResponse> | undefined | null;
    const named = new Set(answer?.batchItemFailures?.map(({ itemIdentifier }) => itemIdentifier));
    for (const record of records) {
      const number = record.dynamodb?.SequenceNumber ?? "";
      if (!named.has(number)) continue;
      const times = (failures.get(number) ?? 0) + 1;
      failures.set(number, times);
      if (times < failuresAtMost) return record;
      await spool(deadLetters, JSON.stringify(record));
    }
    failures.clear();
    return undefined;
  };
}
