import type { DynamoDBRecord } from "aws-lambda";
import { engineApi } from "../engineApi.ts";

/** A part of a stream, whose records are in order. */
export interface Shard {
  readonly ShardId: string;
  /** The shard that it continues. */
  readonly ParentShardId?: string;
}

/** The place in a shard from which it is read: its beginning, or behind the record of a number. */
export type ShardPlace =
  | { readonly ShardIteratorType: "TRIM_HORIZON" }
  | { readonly ShardIteratorType: "AFTER_SEQUENCE_NUMBER"; readonly SequenceNumber: string };

/** A record as an engine tells it. */
export interface EngineRecord extends Omit<DynamoDBRecord, "userIdentity"> {
  readonly userIdentity?: { readonly PrincipalId?: string; readonly Type?: string };
}

/** The records of a call, and where to read on; a shard that is read to its end has no place to read on. */
export interface RecordPage {
  readonly Records: readonly EngineRecord[];
  readonly NextShardIterator?: string;
}

/** The calls of DynamoDB Streams. Its client would be a package of its own for four calls. */
export type StreamApi = ReturnType<typeof streamApi>;

/**
 * Opens the streams of an engine.
 * @param address the endpoint, with the access key as its user name
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB_Streams.html
 */
export function streamApi(address: string) {
  const { call, close } = engineApi(address, 30_000);
  const streams = <Answer>(action: string, input: object) => call<Answer>(`DynamoDBStreams_20120810.${action}`, input);

  return {
    /** Finds the stream of a table; `undefined` if it has none. */
    async findStream(TableName: string): Promise<string | undefined> {
      const { Table } = await call<{ Table: { LatestStreamArn?: string } }>("DynamoDB_20120810.DescribeTable", {
        TableName,
      });
      return Table.LatestStreamArn;
    },
    /** Lists all shards of a stream, each after the one that it continues. */
    async listShards(StreamArn: string): Promise<readonly Shard[]> {
      const shards: Shard[] = [];
      let ExclusiveStartShardId: string | undefined;
      do {
        const { StreamDescription } = await streams<{
          StreamDescription: { Shards: Shard[]; LastEvaluatedShardId?: string };
        }>("DescribeStream", { StreamArn, ExclusiveStartShardId });
        shards.push(...StreamDescription.Shards);
        ExclusiveStartShardId = StreamDescription.LastEvaluatedShardId;
      } while (ExclusiveStartShardId !== undefined);
      return shards;
    },
    async iteratorAt(StreamArn: string, ShardId: string, place: ShardPlace): Promise<string> {
      const input = { StreamArn, ShardId, ...place };
      return (await streams<{ ShardIterator: string }>("GetShardIterator", input)).ShardIterator;
    },
    read: (ShardIterator: string, Limit: number) => streams<RecordPage>("GetRecords", { ShardIterator, Limit }),
    close,
  };
}
