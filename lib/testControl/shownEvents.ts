import type { Runtime } from "../db/runtime.ts";
import { readNamedRecords } from "../events/payload/namedRecords.ts";
import { payloadSizes } from "../events/payload/payloadForm.ts";
import { payloadOf } from "../events/payload/payloadOf.ts";
import { inOrder } from "../events/webhooks/inOrder.ts";
import { type NumberedRecord, toldBy } from "../events/webhooks/publishRecords.ts";
import type { PublicEvent } from "../model/events/event.ts";

/** An event of an app, as a webhook that listens for all and includes all would receive it. */
export interface ShownEvent {
  readonly appId: string;
  readonly event: PublicEvent;
}

/**
 * Shows the events that records of the table's stream tell, whether a webhook listens or not: in the order of webhooks,
 * with what the table holds now.
 */
export async function shownEvents(
  { db }: Pick<Runtime, "db">,
  records: readonly NumberedRecord[],
): Promise<readonly ShownEvent[]> {
  const told = records.flatMap(toldBy);
  const events = told.map(({ event }) => event);
  const named = await readNamedRecords({ db }, events, events);
  const accepted = told.filter(({ event }) => named.accepts(event));
  const form = { includeFullUser: true, includeFullSource: true, keeps: payloadSizes[0] };
  return inOrder(accepted, named).map(({ event }) => ({
    appId: event.appId,
    event: {
      id: event.id,
      type: event.detail.type,
      createdAt: event.createdAt,
      payload: JSON.parse(JSON.stringify(payloadOf(event, named, form))),
    },
  }));
}
