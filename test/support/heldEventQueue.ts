import type { EventQueue, QueuedDelivery } from "../../lib/model/events/webhookDelivery.ts";

/** A delivery that is to be handed out after some seconds. */
export interface PutOff {
  readonly delivery: QueuedDelivery;
  readonly seconds: number;
}

/** An `EventQueue` that holds what it gets in lists, for tests that hand it out themselves. */
export interface HeldEventQueue extends EventQueue {
  readonly sent: QueuedDelivery[];
  readonly later: PutOff[];
  readonly buried: QueuedDelivery[];
}

/** Makes such a queue. Everything passes through JSON, as in any queue. */
export function heldEventQueue(): HeldEventQueue {
  const copy = (delivery: QueuedDelivery): QueuedDelivery => JSON.parse(JSON.stringify(delivery));
  const queue: HeldEventQueue = {
    sent: [],
    later: [],
    buried: [],
    send: async (deliveries) => void queue.sent.push(...deliveries.map(copy)),
    sendLater: async (delivery, seconds) => void queue.later.push({ delivery: copy(delivery), seconds }),
    bury: async (delivery) => void queue.buried.push(copy(delivery)),
  };
  return queue;
}
