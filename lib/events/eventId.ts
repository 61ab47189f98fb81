import { createHash } from "node:crypto";
import type { EventType } from "../model/events/event.ts";

/**
 * Derives the id of an event from what changed, so that a record that is read again makes the same event. The parts are
 * joined as JSON, so that no two lists of parts read the same.
 */
export const eventId = (type: EventType, appId: string, ...values: readonly string[]): string =>
  createHash("sha256")
    .update(JSON.stringify([type, appId, ...values]))
    .digest("hex")
    .slice(0, 24);
