import type { StreamRecord } from "../db/streamRecord.ts";
import type { AppEvent } from "../model/events/event.ts";
import { changeOf } from "./change.ts";
import { conversationEvents } from "./conversationEvents.ts";
import { deliveryEvents } from "./deliveryEvents.ts";
import { messageEvents } from "./messageEvents.ts";
import { userEvents } from "./userEvents.ts";

/** The events of records: the local server prints those of each record that it published. */
const made = new WeakMap<StreamRecord, readonly AppEvent[]>();

/**
 * Makes the events that a record of the table's stream tells, from its images alone: the same record makes the same
 * events. Most records tell one; of an item of another kind, or that only moved, none.
 */
export function eventsOf(record: StreamRecord): readonly AppEvent[] {
  const events = made.get(record) ?? madeOf(record);
  made.set(record, events);
  return events;
}

function madeOf(record: StreamRecord): readonly AppEvent[] {
  const change = changeOf(record);
  switch (change?.kind) {
    case undefined:
      return [];
    case "user":
      return userEvents(change);
    case "conversation":
      return conversationEvents(change);
    case "message":
      return messageEvents(change);
    case "sent":
      return deliveryEvents(change);
  }
}
