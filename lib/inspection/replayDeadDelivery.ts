import { recordIdOfDelivery } from "../db/keys.ts";
import { replayDelivery } from "../events/webhooks/replayDelivery.ts";
import { ApiError } from "../model/apiError.ts";
import type { QueuedDelivery } from "../model/events/webhookDelivery.ts";

/**
 * Delivers an event to a webhook again of which the dead letter is left, which has no body: that is in its record. Tells
 * whether there is one.
 */
export async function replayDeadDelivery(
  runtime: Parameters<typeof replayDelivery>[0],
  { appId, webhookId, event, id }: Pick<QueuedDelivery, "appId" | "webhookId" | "event" | "id">,
  now: Date,
): Promise<boolean> {
  try {
    await replayDelivery(runtime, { appId, webhookId }, recordIdOfDelivery(event, id), now);
    return true;
  } catch (error) {
    if (error instanceof ApiError) return false;
    throw error;
  }
}
