import type { SentMessage, SentReport } from "../db/items/sentItem.ts";
import type { AppEvent, EventDetail } from "../model/events/event.ts";
import type { SentChange } from "./change.ts";
import { eventId } from "./eventId.ts";

type Told = Extract<EventDetail, { readonly externalIds: readonly string[] }>;

/**
 * Makes the events of what became of a message on a channel: that the channel took it or did not, and what the channel
 * reported of it then. A person that read a message got it, also where the channel reports that alone.
 */
export function deliveryEvents({ before, after }: SentChange): readonly AppEvent[] {
  const { outcome, report } = after;
  const events: AppEvent[] = [];
  if (outcome !== undefined && before?.outcome === undefined)
    events.push(
      outcome.kind === "accepted"
        ? eventOf(after, outcome.at, { type: "conversation:message:delivery:channel", isFinal: outcome.isFinal })
        : eventOf(after, outcome.at, { type: "conversation:message:delivery:failure", failure: outcome.failure }),
    );
  if (report === undefined || report.state === before?.report?.state) return events;
  if (report.state === "failed")
    events.push(eventOf(after, report.at, { type: "conversation:message:delivery:failure", failure: report.failure }));
  else if (!hasArrived(before?.report))
    events.push(eventOf(after, report.at, { type: "conversation:message:delivery:user" }));
  return events;
}

const hasArrived = (report: SentReport | undefined): boolean =>
  report?.state === "delivered" || report?.state === "read";

function eventOf(
  { appId, conversationId, messageId, clientId, destination, externalIds }: SentMessage,
  createdAt: string,
  told: Pick<Told, "type" | "failure"> & { readonly isFinal?: boolean },
): AppEvent {
  const { isFinal = true, ...rest } = told;
  const place = destination && { type: destination.type, integrationId: destination.integrationId };
  return {
    id: eventId(told.type, appId, messageId, clientId),
    appId,
    createdAt,
    conversationId,
    userId: destination?.userId,
    detail: { ...rest, messageId, destination: place, externalIds, isFinal },
  };
}
