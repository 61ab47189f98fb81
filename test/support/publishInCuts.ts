import { openDb } from "../../lib/db/db.ts";
import { type NumberedRecord, publishRecords } from "../../lib/events/webhooks/publishRecords.ts";
import type { QueuedDelivery } from "../../lib/model/events/webhookDelivery.ts";
import { heldChannelQueue } from "./heldChannelQueue.ts";
import { heldEventQueue } from "./heldEventQueue.ts";
import type { Random } from "./seededRandom.ts";
import type { TestServer } from "./startTestServer.ts";

/** How records are cut into batches: the most of a batch, and whether some batches are handed over again. */
export interface Cuts {
  readonly random: Random;
  readonly most: number;
  readonly repeats: boolean;
}

/** Publishes records in batches of any size, in their order, as a Lambda that is now and then handed some again. */
export async function publishInCuts(
  server: TestServer,
  records: readonly NumberedRecord[],
  { random, most, repeats }: Cuts,
): Promise<readonly QueuedDelivery[]> {
  const eventQueue = heldEventQueue();
  const db = openDb(server.tableName, server.endpoint);
  const runtime = { db, now: () => new Date(), log: () => {}, eventQueue, channelQueue: heldChannelQueue() };
  for (let start = 0; start < records.length; ) {
    const size = 1 + random.below(most);
    const failed = await publishRecords(runtime, records.slice(start, start + size));
    if (failed.length > 0) throw new Error(`Records were not told: ${failed}`);
    // A batch that is handed over again may begin in the middle of the earlier one.
    const isRepeated = repeats && random.next() < 0.2;
    start += isRepeated ? random.below(size) : size;
  }
  return eventQueue.sent;
}
