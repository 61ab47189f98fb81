import type { DynamoDBRecord } from "aws-lambda";
import type { PublicEvent } from "../../model/events/event.ts";
import { within } from "./gate.ts";

/** An event in the log. */
export interface LoggedEvent extends PublicEvent {
  /** Its place in the log, which counts on over resets. */
  readonly sequence: number;
  readonly appId: string;
}

/** The answer to who asks for events. */
export interface EventList {
  readonly events: readonly LoggedEvent[];
  /** The place after which the next events come. */
  readonly next: number;
  /** The number of the table's changes since the last reset that went before anyone asked for their events. */
  readonly missed: number;
}

export interface EventLogSettings {
  /** Shows the events that records of the table's stream tell. */
  readonly show: (
    records: readonly DynamoDBRecord[],
  ) => Promise<readonly { readonly appId: string; readonly event: PublicEvent }[]>;
  /** Resolves when all that was committed before the call has come to `add`. */
  readonly settle: () => Promise<void>;
}

/** Milliseconds for which what was committed is waited for at least: an engine that failed may answer again. */
const patience = 5_000;

export type EventLog = ReturnType<typeof eventLog>;

/**
 * Number of events that are kept, and of records that are kept until they are asked for, which take more memory; the
 * oldest go first.
 */
const kept = { events: 5_000, records: 1_000 };

/** Keeps the events of all apps, which are shown when they are asked for first. */
export function eventLog({ show, settle }: EventLogSettings) {
  let records: readonly DynamoDBRecord[] = [];
  let events: readonly LoggedEvent[] = [];
  let ids = new Set<string>();
  let sequence = 0;
  let missed = 0;
  let generation = 0;
  let showing: Promise<void> = Promise.resolve();
  let whenAdded: readonly (() => void)[] = [];

  const showAll = async () => {
    const [taken, of] = [records, generation];
    records = [];
    if (taken.length === 0) return;
    const shown = await show(taken).catch((error: unknown) => {
      if (of === generation) records = [...taken, ...records];
      throw error;
    });
    // They are of the time before a reset.
    if (of !== generation) return;
    const once = new Map(shown.map((one) => [one.event.id, one]));
    const fresh = [...once.values()].filter(({ event }) => !ids.has(event.id));
    const added = fresh.map(({ appId, event }) => ({ sequence: ++sequence, appId, ...event }));
    events = [...events, ...added].slice(-kept.events);
    ids = new Set(events.map(({ id }) => id));
  };
  /** Shows what came, one call after another. */
  const catchUp = (): Promise<void> => {
    const done = showing.then(showAll);
    showing = done.catch(() => {});
    return done;
  };
  const found = async (after: number, wanted: (event: LoggedEvent) => boolean): Promise<readonly LoggedEvent[]> => {
    await catchUp();
    return events.filter((event) => event.sequence > after && wanted(event));
  };

  return {
    /** Takes records of the stream. */
    add(more: readonly DynamoDBRecord[]): void {
      const all = [...records, ...more];
      records = all.slice(-kept.records);
      missed += all.length - records.length;
      for (const tell of whenAdded) tell();
      whenAdded = [];
    },
    /**
     * Lists the events after a place, those of all that was committed before the call among them. If there is none, it
     * waits for one.
     * @param wait milliseconds
     */
    async list(after: number, wait: number, wanted: (event: LoggedEvent) => boolean): Promise<EventList> {
      const deadline = Date.now() + wait;
      await within(settle(), Math.max(wait, patience));
      for (;;) {
        const listed = await found(after, wanted);
        const left = deadline - Date.now();
        if (listed.length > 0 || left <= 0) return { events: listed, next: sequence, missed };
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, left);
          const tell = () => {
            clearTimeout(timer);
            resolve();
          };
          whenAdded = [...whenAdded, tell];
        });
      }
    },
    /** Forgets all events; the count goes on. */
    clear(): void {
      generation++;
      records = [];
      missed = 0;
      events = [];
      ids = new Set();
    },
    /** Answers the place of the last event. */
    last: (): number => sequence,
  };
}
