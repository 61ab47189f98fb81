import type { PublicEvent } from "./event.ts";

/** An event on its way to one webhook, as it stands in a queue. */
export interface QueuedDelivery {
  /** Derived from the webhook and the event: the same event to the same webhook is one delivery. */
  readonly id: string;
  readonly appId: string;
  readonly webhookId: string;
  readonly event: PublicEvent;
  /** The users that the event tells of: its record is deleted with any of them. */
  readonly userIds: readonly string[];
  /** The conversation, or else the user, whose events keep their order. */
  readonly orderedBy: string;
  /** The time at which it was queued first; the attempts end a while after it. */
  readonly queuedAt: string;
  /** The attempts made so far. */
  readonly attempts: readonly DeliveryAttempt[];
}

/** One attempt to deliver an event. */
export interface DeliveryAttempt {
  readonly at: string;
  readonly milliseconds: number;
  /** The status of the answer, if there was one. */
  readonly status?: number | undefined;
  /** The reason of a failure without a status, e.g. `timeout`; never with the answer's text. */
  readonly error?: string | undefined;
  /** The beginning of the answer's body, if it is text. */
  readonly answer?: string | undefined;
}

/** The queues of events on their way. */
export interface EventQueue {
  /**
   * Queues deliveries; those of one webhook and one `orderedBy` are handed out in this order. Resolves only when all
   * are durably queued.
   */
  readonly send: (deliveries: readonly QueuedDelivery[]) => Promise<void>;
  /** Queues a delivery for a further attempt after some seconds (0 to 900), apart from the order. */
  readonly sendLater: (delivery: QueuedDelivery, seconds: number) => Promise<void>;
  /** Keeps a delivery that failed for good, which raises an alarm. */
  readonly bury: (delivery: QueuedDelivery) => Promise<void>;
}

/** The state of a delivery: on its way, taken by the target, or given up. */
export type DeliveryStatus = "pending" | "delivered" | "failed";

/** What is kept of a delivery, for seven days. */
export interface DeliveryRecord {
  /** Sorts by the time of the event. */
  readonly id: string;
  readonly delivery: Omit<QueuedDelivery, "event">;
  /** The event as it was sent; only its outline if the body was deleted with its user. */
  readonly event: Omit<PublicEvent, "payload"> & Partial<Pick<PublicEvent, "payload">>;
  readonly status: DeliveryStatus;
}
