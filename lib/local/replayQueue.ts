import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { SQSBatchResponse } from "aws-lambda";

/**
 * Hands each event in a folder to the worker, oldest first and one at a time, as SQS does on AWS. An event is deleted
 * when the worker is done with it; one that fails stays for the next time.
 * @param worker called once there is an event
 */
export async function replayQueue(
  folder: string,
  worker: () => Promise<(event: object, context: object) => Promise<unknown>>,
): Promise<void> {
  for (const name of waiting(folder)) {
    const file = join(folder, name);
    const record = { messageId: name, body: readFileSync(file, "utf8") };
    const handle = await worker();
    // The answer of a queue's worker, by its contract with Lambda.
    const { batchItemFailures } = (await handle({ Records: [record] }, {})) as SQSBatchResponse;
    if (batchItemFailures.length === 0) rmSync(file);
  }
}

function waiting(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(".json"))
      .sort();
  } catch {
    // The first event makes the folder.
    return [];
  }
}
