import type { AppEvent } from "../../model/events/event.ts";

/** Lines that are printed at once; of more events, as after the deletion of much, only the number is. */
const mostLines = 20;

/** Describes events for a terminal: their types and ids, and never a text or a name. */
export function describeEvents(events: readonly AppEvent[]): readonly string[] {
  const lines = events.slice(0, mostLines).map(({ id, appId, conversationId, userId, detail }) => {
    const of = [
      userId === undefined ? [] : `user ${userId}`,
      conversationId === undefined ? [] : `conversation ${conversationId}`,
      `app ${appId}`,
    ];
    return `event ${detail.type} ${id} of ${of.flat().join(", ")}`;
  });
  const more = events.length - lines.length;
  return more > 0 ? [...lines, `event … and ${more} more`] : lines;
}
