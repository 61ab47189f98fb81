import { recordedDigits } from "../../db/keys.ts";
import type { Runtime } from "../../db/runtime.ts";
import { apiError } from "../../model/apiError.ts";
import type { DeliveryRecord, EventQueue } from "../../model/events/webhookDelivery.ts";
import { idPattern } from "../../model/id.ts";
import { type Addressee, findDelivery, renewDelivery } from "./deliveryRecords.ts";

/**
 * Queues a delivery again, whatever came of it, behind what is queued of its conversation and as if there had been no
 * attempt.
 * @throws ApiError `not_found` if there is no record of it, or its body was deleted with its user
 */
export async function replayDelivery(
  runtime: Pick<Runtime, "db"> & { readonly eventQueue: Pick<EventQueue, "send"> },
  addressee: Addressee,
  id: string,
  now: Date,
): Promise<DeliveryRecord> {
  const found = idPattern.test(id) ? await findDelivery(runtime.db, addressee, id, now) : undefined;
  if (found === undefined) throw apiError.notFound();
  const { payload, ...event } = found.event;
  if (payload === undefined) throw apiError.notFound("The delivery's body was deleted with its user");
  const delivery = {
    ...found.delivery,
    id: idOfReplay(found.delivery.id, now),
    queuedAt: now.toISOString(),
    attempts: [],
  };
  // A delivery that was taken is not sent again, so its record says first that it is to be.
  if (!(await renewDelivery(runtime.db, addressee, id))) throw apiError.notFound();
  await runtime.eventQueue.send([{ ...delivery, event: { ...event, payload } }]);
  return { ...found, delivery, status: "pending" };
}

/**
 * Derives the id under which a delivery is queued again: the queue drops one that it had within five minutes. The
 * record is known by the first half, so it stays the same.
 */
const idOfReplay = (id: string, now: Date): string =>
  id.slice(0, recordedDigits) + now.getTime().toString(16).padStart(11, "0");
