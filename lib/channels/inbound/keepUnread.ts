import type { Runtime } from "../../db/runtime.ts";
import type { Unreadable } from "../../model/channel.ts";
import type { DeliveryQueue } from "../../model/events/queuedEvent.ts";

/** A verified delivery, by its request and its integration. */
export interface DeliveryOrigin {
  readonly requestId: string;
  readonly appId: string;
  readonly integrationId: string;
  readonly receivedAt: Date;
}

/**
 * Keeps the unreadable pieces of a verified delivery among the dead letters. Throws if those are out of reach, so that
 * the delivery is not acknowledged. Without a dead-letter queue the pieces are only logged.
 */
export async function keepUnread(
  { queue }: Pick<Runtime, "log"> & { readonly queue: DeliveryQueue },
  { receivedAt, ...origin }: DeliveryOrigin,
  unreadable: readonly Unreadable[],
): Promise<void> {
  const delivered = { ...origin, receivedAt: receivedAt.toISOString() };
  for (const reason of new Set(unreadable.map((one) => one.reason))) {
    const pieces = unreadable.filter((one) => one.reason === reason).map(({ piece }) => piece);
    await queue.parkUnread({ ...delivered, reason, pieces });
  }
}
