import type { DynamoDBBatchResponse } from "aws-lambda";
import { invokeWorker } from "../lib/local/server.ts";
import { now } from "../lib/model/sources/clock.ts";

/** Finds records for the page's inspector; imported when needed, since the runtime reads the environment then. */
export async function recordsOf(appId: string, search: string): Promise<object> {
  const [{ recordsOfApp }, { workerRuntime }] = await Promise.all([
    import("../lib/inspection/recordsOfApp.ts"),
    import("../lib/runtime.ts"),
  ]);
  return recordsOfApp(workerRuntime, appId, search);
}

/** Gives a record of the table's stream to the Lambda that publishes events, and answers whether it took it. */
export async function tellRecord(record: unknown): Promise<boolean> {
  // The answer of a stream's Lambda, by its contract.
  const answer = (await invokeWorker("publishEvents", { Records: [record] })) as Partial<DynamoDBBatchResponse> | null;
  return (answer?.batchItemFailures ?? []).length === 0;
}

/** Delivers the event of a dead letter to its webhook again, and answers whether there is a record of it. */
export async function deliverAgain(dead: unknown): Promise<boolean> {
  const [{ replayDeadDelivery }, { eventRuntime }] = await Promise.all([
    import("../lib/inspection/replayDeadDelivery.ts"),
    import("../lib/runtime.ts"),
  ]);
  // A cast because the file is our own queue's.
  return replayDeadDelivery(eventRuntime, dead as Parameters<typeof replayDeadDelivery>[1], now());
}
