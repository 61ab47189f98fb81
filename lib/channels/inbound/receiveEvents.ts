import type { Runtime } from "../../db/runtime.ts";
import type { App } from "../../model/app.ts";
import type { ChannelEvent, Unreadable } from "../../model/channel.ts";
import type { DeliveryQueue } from "../../model/events/queuedEvent.ts";
import type { ChannelIntegration } from "../../users/channelIdentity.ts";
import { idsOfPerson } from "./channelEvent.ts";
import { keepForLater } from "./keepForLater.ts";
import { keepUnread } from "./keepUnread.ts";
import { receiveChannelEvent } from "./receiveChannelEvent.ts";

/** Number of people in one delivery that are served at the same time; the events of one person stay in order. */
const concurrency = 8;

/** The events of one delivery. */
export interface ReceivedDelivery {
  readonly app: App;
  readonly integration: ChannelIntegration;
  /** Whether the channel delivers again after a refusal. */
  readonly redelivers: boolean;
  readonly events: readonly ChannelEvent[];
  /** The pieces that could not be read. */
  readonly unreadable: readonly Unreadable[];
  readonly receivedAt: Date;
  readonly requestId: string;
}

/**
 * Stores the events of a delivery, or keeps them for later if the channel would not deliver them again.
 * @returns the number of users created
 * @throws the error of an event that is neither stored nor kept: the delivery must not be acknowledged
 */
export async function receiveEvents(
  runtime: Pick<Runtime, "db" | "newId" | "log"> & { readonly queue: DeliveryQueue },
  { app, integration, redelivers, events, unreadable, receivedAt, requestId }: ReceivedDelivery,
): Promise<number> {
  let usersCreated = 0;
  let outage: unknown;
  let lost: unknown;
  const receive = async (event: ChannelEvent): Promise<void> => {
    const delivery = { app, integration, event, receivedAt };
    try {
      // To wait for the table again would take the time to queue events that will not come again.
      if (outage !== undefined && !redelivers) throw outage;
      if ((await receiveChannelEvent(runtime, delivery)) === "created") usersCreated++;
    } catch (error) {
      const kept = await keepForLater(runtime, { delivery, requestId, error, redelivers });
      if (kept !== "parked") outage = error;
      if (kept === undefined) lost = error;
    }
  };
  const people = [...groupByPerson(events)];
  const worker = async () => {
    for (let next = people.shift(); next; next = people.shift()) for (const event of next) await receive(event);
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  // A delivery that comes again as a whole need not be kept twice.
  if (lost === undefined || !redelivers)
    await keepUnread(runtime, { requestId, appId: app.id, integrationId: integration.id, receivedAt }, unreadable);
  if (lost !== undefined) throw lost;
  return usersCreated;
}

/**
 * Groups events by person, in their order; an event of several ids belongs to the first person with whom it shares one.
 */
function groupByPerson(events: readonly ChannelEvent[]): ReadonlySet<ChannelEvent[]> {
  const groups = new Map<string, ChannelEvent[]>();
  for (const event of events) {
    const ids = [...idsOfPerson(event.person), ...(event.kind === "identityChanged" ? event.to : [])];
    const group = ids.map((id) => groups.get(id)).find((existing) => existing !== undefined) ?? [];
    group.push(event);
    for (const id of ids) if (!groups.has(id)) groups.set(id, group);
  }
  return new Set(groups.values());
}
