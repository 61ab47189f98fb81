import type { StreamRecord } from "../../lib/db/streamRecord.ts";
import { eventsOf } from "../../lib/events/eventsOf.ts";
import { streamApi } from "../../lib/local/events/streamApi.ts";
import type { AppEvent } from "../../lib/model/events/event.ts";

/** Opens the stream of a test's table, at its beginning. Answers a function that reads the records since its last call. */
export async function openStream(
  endpoint: string,
  tableName: string,
): Promise<{ readonly read: () => Promise<readonly StreamRecord[]>; readonly close: () => void }> {
  const api = streamApi(endpoint);
  const arn = await api.findStream(tableName);
  if (arn === undefined) throw new Error("The table has no stream.");
  const iterators = new Map<string, string | undefined>();
  const begin = (shardId: string) => api.iteratorAt(arn, shardId, { ShardIteratorType: "TRIM_HORIZON" });
  async function* readShard(shardId: string): AsyncGenerator<StreamRecord> {
    let next = iterators.has(shardId) ? iterators.get(shardId) : await begin(shardId);
    let isRead = false;
    while (next !== undefined && !isRead) {
      const { Records, NextShardIterator } = await api.read(next, 1_000);
      for (const { userIdentity, ...record } of Records)
        yield { ...record, userIdentity: { type: userIdentity?.Type, principalId: userIdentity?.PrincipalId } };
      isRead = Records.length === 0;
      next = NextShardIterator;
    }
    iterators.set(shardId, next);
  }
  return {
    async read() {
      const records: StreamRecord[] = [];
      for (const { ShardId } of await api.listShards(arn))
        for await (const record of readShard(ShardId)) records.push(record);
      return records;
    },
    close: () => api.close(),
  };
}

/** Names an event with its reason, if its type has several. */
export function labelOf({ detail }: AppEvent): string {
  if (detail.type === "conversation:create") return `${detail.type} ${detail.origin.reason}`;
  if (detail.type === "user:merge") return `${detail.type} ${detail.merge.reason}`;
  return "reason" in detail ? `${detail.type} ${detail.reason}` : detail.type;
}

/** Makes the events of an app that records tell, each once. */
export function eventsIn(records: readonly StreamRecord[], appId: string): readonly AppEvent[] {
  const events = records.flatMap(eventsOf).filter((event) => event.appId === appId);
  return [...new Map(events.map((event) => [event.id, event])).values()];
}
