import type { ChannelEvent, ChannelRequest, Parsed, Unreadable } from "../../model/channel.ts";
import type { Receipt } from "../../model/channelCall.ts";
import { parseLosslessJson } from "./losslessJson.ts";
import { sha256Hex } from "./signature.ts";
import { shortened } from "./storable.ts";

/**
 * The result of one piece of a delivery: an event, a report on a message that was sent, the reason why a piece of a
 * known service kind makes no user, or an unreadable piece with content.
 */
export type Reading = ChannelEvent | (Receipt & { readonly kind: "receipt" }) | Unreadable | string;

/**
 * Reports a piece of which no event can be made, since its sender or its form is unknown; only the reason if it is
 * empty.
 */
export const unreadable = (reason: string, piece: unknown): Unreadable | string =>
  isEmpty(piece) ? reason : { kind: "unreadable", reason, piece: shortened(piece) };

/** Tells whether a value has no content. */
export const isEmpty = (piece: unknown): boolean =>
  piece === undefined ||
  piece === null ||
  piece === "" ||
  (typeof piece === "object" && Object.values(piece).every((part) => part === undefined || part === null));

/**
 * Lists the pieces of a value that should be a list: a single one counts as a list of one, so that no other form loses
 * it.
 */
export function piecesOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return value === undefined || value === null ? [] : [value];
}

/** Reads each piece by itself, so that an unreadable one loses no other. */
export function* readEach<Piece>(
  pieces: readonly Piece[],
  read: (piece: Piece) => Iterable<Reading>,
): Generator<Reading> {
  for (const piece of pieces) {
    try {
      // Read to its end before any result is handed on, so that a piece counts whole or not at all.
      yield* [...read(piece)];
    } catch {
      yield unreadable("unreadable", piece);
    }
  }
}

/** Reads a delivery with a JSON body. */
export function parsedJson(request: ChannelRequest, read: (body: unknown) => Iterable<Reading>): Parsed {
  const body = parseLosslessJson(request.rawBody);
  if (body === undefined) return parsedDelivery([unreadable("no JSON", request.rawBody.toString("utf8"))]);
  return parsedDelivery(readEach([body], read));
}

/** Gathers readings in their order, without the repetitions of a message within one delivery. */
export function parsedDelivery(readings: Iterable<Reading>): Parsed {
  const events: ChannelEvent[] = [];
  const skipped: string[] = [];
  const unread: Unreadable[] = [];
  const receipts: Receipt[] = [];
  const seen = new Set<string>();
  for (const reading of readings) {
    if (typeof reading === "string") {
      skipped.push(reading);
      continue;
    }
    if (reading.kind === "unreadable") {
      skipped.push(reading.reason);
      unread.push(reading);
      continue;
    }
    if (reading.kind === "receipt") {
      const { kind: _, ...receipt } = reading;
      receipts.push(receipt);
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
  return { events, skipped, unreadable: unread, ...(receipts.length > 0 ? { receipts } : {}) };
}

/**
 * Derives the id of a message that came without one from its content and time, which a redelivery repeats. Without a
 * time, that of its receipt counts, so that two messages of the same words stay two.
 */
export const derivedId = (piece: unknown, time: Date): string =>
  sha256Hex(JSON.stringify([shortened(piece), time.getTime()]));

/**
 * Explains why a piece of another account makes no user, with the account if its id can be shown. A piece that names no
 * account may be meant for this one, and is kept.
 */
export function ofAnother(what: string, id: string | undefined, piece: unknown): Reading {
  if (id === undefined) return unreadable(`of an unknown ${what}`, piece);
  return /^[A-Za-z0-9]{1,40}$/.test(id) ? `of another ${what} ${id}` : `of another ${what}`;
}
