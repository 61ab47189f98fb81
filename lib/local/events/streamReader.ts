import type { DynamoDBRecord } from "aws-lambda";
import { timeAt } from "../../model/sources/clock.ts";
import { EngineError } from "../engineApi.ts";
import type { Found } from "./pacedLoop.ts";
import type { EngineRecord, Shard, StreamApi } from "./streamApi.ts";

/** The places in a stream up to which it is done, by shard: the number of a record, or `ended`. */
export interface StreamPosition {
  readonly streamArn: string;
  readonly shards: Readonly<Record<string, string>>;
}

/**
 * Takes records, in order, and answers the sequence number of the last one that is done; `undefined` if none is. Throws
 * if that cannot be told.
 */
export type TakeRecords = (records: readonly DynamoDBRecord[]) => Promise<string | undefined>;

/** The value of a shard that is done to its end, which is no number. */
const ended = "ended";
/** Milliseconds after which shards that began meanwhile are looked for; one that ends is noticed at once. */
const shardsKnownFor = 60_000;

/**
 * Opens a stream at a position; a shard that the position does not name is read from its beginning. What was read and
 * is not done is read again.
 */
export function streamReader(api: StreamApi, { streamArn, shards: kept }: StreamPosition, pageSize: number) {
  const done = new Map(Object.entries(kept));
  const iterators = new Map<string, string>();
  let shards: readonly Shard[] = [];
  let listedAt = Number.NEGATIVE_INFINITY;

  const listShards = async () => {
    if (performance.now() - listedAt < shardsKnownFor) return;
    shards = await api.listShards(streamArn);
    listedAt = performance.now();
    // A shard that is no longer listed is a day old.
    for (const id of done.keys()) if (!shards.some(({ ShardId }) => ShardId === id)) done.delete(id);
  };
  /** Tells whether a shard can be read: once the one before it, which may tell of the same items, is done. */
  const isReadable = ({ ShardId, ParentShardId }: Shard): boolean =>
    done.get(ShardId) !== ended &&
    (!shards.some((shard) => shard.ShardId === ParentShardId) || done.get(ParentShardId ?? "") === ended);

  const openIterator = (shardId: string): Promise<string> => {
    const SequenceNumber = done.get(shardId);
    return api.iteratorAt(
      streamArn,
      shardId,
      SequenceNumber === undefined
        ? { ShardIteratorType: "TRIM_HORIZON" }
        : { ShardIteratorType: "AFTER_SEQUENCE_NUMBER", SequenceNumber },
    );
  };

  /** Reads a page of a shard. */
  const readShard = async (shardId: string, take: TakeRecords): Promise<Found> => {
    const iterator = iterators.get(shardId) ?? (await openIterator(shardId));
    iterators.delete(shardId);
    const { Records, NextShardIterator } = await api.read(iterator, pageSize);
    const last = Records.at(-1)?.dynamodb?.SequenceNumber;
    const doneTo = last === undefined ? undefined : await take(Records.map((record) => forLambda(record, streamArn)));
    if (doneTo !== undefined) done.set(shardId, doneTo);
    if (doneTo !== last) return "nothing";
    if (NextShardIterator !== undefined) iterators.set(shardId, NextShardIterator);
    else {
      done.set(shardId, ended);
      listedAt = Number.NEGATIVE_INFINITY;
      return "more";
    }
    // A page may be short though there is more: the next round finds it.
    return Records.length === pageSize ? "more" : last === undefined ? "nothing" : "some";
  };

  return {
    position: (): StreamPosition => ({ streamArn, shards: Object.fromEntries(done) }),
    /** Reads a page of each shard. */
    async read(take: TakeRecords): Promise<Found> {
      await listShards();
      const all = new Set<Found>();
      for (const { ShardId } of shards.filter(isReadable)) {
        const found = await readShard(ShardId, take).catch((error: unknown) => {
          if (!(error instanceof EngineError && isOutdated(error))) throw error;
          // The records behind the position are gone after a day: those that are left are told.
          if (error.name === "TrimmedDataAccessException") done.delete(ShardId);
          return "more" as const;
        });
        all.add(found);
      }
      return all.has("more") ? "more" : all.has("some") ? "some" : "nothing";
    },
  };
}

/** Tells whether the stream is there but not from this place on, as after a machine's long sleep. */
const isOutdated = ({ name }: EngineError) => /^(TrimmedDataAccess|ExpiredIterator)Exception$/.test(name);

/** Reads the time of a change by the clock of this process: the engine knows no other than the machine's. */
function timeOf({ ApproximateCreationDateTime: seconds }: NonNullable<EngineRecord["dynamodb"]>) {
  if (seconds === undefined) return undefined;
  return { ApproximateCreationDateTime: timeAt(new Date(seconds * 1000)).getTime() / 1000 };
}

/** Gives a record the form in which Lambda hands it over. */
const forLambda = ({ userIdentity, dynamodb, ...record }: EngineRecord, eventSourceARN: string): DynamoDBRecord => ({
  ...record,
  ...(dynamodb && { dynamodb: { ...dynamodb, ...timeOf(dynamodb) } }),
  eventSourceARN,
  ...(userIdentity && { userIdentity: { principalId: userIdentity.PrincipalId, type: userIdentity.Type } }),
});
