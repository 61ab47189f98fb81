import type { Context, SQSBatchResponse, SQSEvent } from "aws-lambda";
import { deliverBatch } from "../lib/events/webhooks/deliverBatch.ts";
import { eventRuntime } from "../lib/runtime.ts";

const runtime = { ...eventRuntime, targetAccess: { range: eventRuntime.webhookTargets } };

/** Milliseconds that an attempt may take, with what is written of it. */
const attemptMilliseconds = 25_000;

/**
 * Sends events to webhooks: at first in order, then again those that their targets did not take. A delivery that could
 * not be handed on stays in its queue.
 */
export const handler = async (
  batch: SQSEvent,
  context: Pick<Context, "getRemainingTimeInMillis">,
): Promise<SQSBatchResponse> => {
  const failed = await deliverBatch(
    runtime,
    batch.Records,
    () => context.getRemainingTimeInMillis() > attemptMilliseconds,
  );
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
};
