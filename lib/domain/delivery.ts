import type { ChannelEvent, Parsed } from "./channel.ts";

/** What one piece of a delivery comes to: an event, or the reason why it makes nobody. */
export type Reading = ChannelEvent | string;

/** Reads each piece by itself: one that cannot be read is skipped, and takes no other with it. */
export function* readEach<Piece>(
  pieces: readonly Piece[],
  read: (piece: Piece) => Iterable<Reading>,
): Generator<Reading> {
  for (const piece of pieces) {
    try {
      // Read to its end before anything is handed on, so that a piece counts whole or not at all.
      yield* [...read(piece)];
    } catch {
      yield "unreadable";
    }
  }
}

/** Gathers readings in their order, without the repetitions of a message within one delivery. */
export function parsedDelivery(readings: Iterable<Reading>): Parsed {
  const events: ChannelEvent[] = [];
  const skipped: string[] = [];
  const seen = new Set<string>();
  for (const reading of readings) {
    if (typeof reading === "string") {
      skipped.push(reading);
      continue;
    }
    if (reading.kind === "message" || reading.kind === "postback") {
      const key = reading.dedupeKey ?? reading.messageId;
      if (seen.has(key)) {
        skipped.push("repeated in this delivery");
        continue;
      }
      seen.add(key);
    }
    events.push(reading);
  }
  return { events, skipped };
}
