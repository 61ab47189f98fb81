import type { ChannelEvent } from "../channel.ts";

/** A verified event that could not be stored when it came. */
export interface QueuedEvent {
  /** The request that brought it, so that its replay is logged under the same id. */
  readonly requestId: string;
  readonly appId: string;
  readonly integrationId: string;
  readonly event: ChannelEvent;
  readonly receivedAt: string;
  /** The reason why it was queued: the class of the error, never its message. */
  readonly reason: string;
}

/**
 * The unreadable pieces of a verified delivery, for one reason: for a human, as no replay can make an event of them.
 */
export interface UnreadDelivery extends Omit<QueuedEvent, "event"> {
  readonly pieces: readonly unknown[];
}

/** The queue of events that could not be stored. */
export interface DeliveryQueue {
  /**
   * Keeps an event to be tried again. Answers `false` if there is no queue, and for an event that is too large to be
   * kept whole; throws if it cannot be kept.
   */
  readonly retry: (queued: QueuedEvent) => Promise<boolean>;
  /** Keeps an event that can never be stored, or the outline of one that is too large, for a human to look at. */
  readonly park: (queued: QueuedEvent) => Promise<boolean>;
  /**
   * Keeps unreadable pieces for a human to look at, in as few messages as possible. Answers and throws like `retry`.
   */
  readonly parkUnread: (unread: UnreadDelivery) => Promise<boolean>;
}

/** Reads an event as it was queued: JSON has no dates. */
export function readQueued(body: string): QueuedEvent {
  const queued: QueuedEvent = JSON.parse(body);
  const { occurredAt } = queued.event;
  return occurredAt === undefined
    ? queued
    : { ...queued, event: { ...queued.event, occurredAt: new Date(occurredAt) } };
}
