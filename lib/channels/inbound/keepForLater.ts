import { isPermanentFault } from "../../db/permanentFault.ts";
import type { Runtime } from "../../db/runtime.ts";
import type { DeliveryQueue } from "../../model/events/queuedEvent.ts";
import { describeFault } from "../../model/log.ts";
import type { ChannelDelivery } from "./channelDelivery.ts";

/** An event that could not be stored, and the error. */
interface UnstoredEvent {
  readonly delivery: ChannelDelivery;
  readonly requestId: string;
  readonly error: unknown;
  /** Whether the channel delivers a refused event again. */
  readonly redelivers: boolean;
}

/**
 * Keeps an event that could not be stored, if the channel will not deliver it again: queued to be tried again, or, if
 * it can never be stored, parked for a human to look at. Only a kept event may be acknowledged.
 * @returns `undefined` if it is not kept
 */
export async function keepForLater(
  { log, queue }: Pick<Runtime, "log"> & { readonly queue: DeliveryQueue },
  { delivery, requestId, error, redelivers }: UnstoredEvent,
): Promise<"queued" | "parked" | undefined> {
  const permanent = isPermanentFault(error);
  if (!permanent && redelivers) return undefined;
  const { app, integration, event, receivedAt } = delivery;
  const fault = describeFault(error);
  const entry = {
    operation: "channelWebhook",
    requestId,
    status: 500,
    milliseconds: 0,
    coldStart: false,
    usersCreated: 0,
  };
  const queued = {
    requestId,
    appId: app.id,
    integrationId: integration.id,
    event,
    receivedAt: receivedAt.toISOString(),
    reason: fault.name,
  };
  try {
    if (!(permanent ? await queue.park(queued) : await queue.retry(queued))) return undefined;
    const kept = permanent ? "parked" : "queued";
    log({ ...entry, kept, fault });
    return kept;
  } catch (queueError) {
    // Neither stored nor kept: the delivery is refused, and the other people's events in it are still received.
    log({ ...entry, fault: describeFault(queueError) });
    return undefined;
  }
}
