import type { DeliveryRecord, DeliveryStatus, QueuedDelivery } from "../../model/events/webhookDelivery.ts";
import type { Item } from "../db.ts";
import { deliveryBodyKey, deliveryBodyPrefix, deliveryKey, recordIdOfDelivery } from "../keys.ts";

/** Seconds for which deliveries are kept. */
export const deliveryLifetimeSeconds = 7 * 24 * 60 * 60;

const expiryOf = ({ event }: QueuedDelivery): number =>
  Math.floor(Date.parse(event.createdAt) / 1000) + deliveryLifetimeSeconds;

/** What of a delivery may tell of a person: the event, and the target's answers, which may repeat it. */
const bodyOf = ({ event, attempts }: QueuedDelivery) => ({
  payload: JSON.stringify(event.payload),
  answers: JSON.stringify(attempts.map(({ answer }) => answer ?? null)),
});

/**
 * Writes the record of a delivery, without anything of a person but ids.
 * @param owner the user in whose partition the body lies; without one, it lies in the record
 */
export const deliveryItem = (
  delivery: QueuedDelivery,
  status: DeliveryStatus,
  owner: string | "none" | undefined,
): Item => {
  const { id, appId, webhookId, event, userIds, orderedBy, queuedAt, attempts } = delivery;
  return {
    ...deliveryKey(appId, webhookId, recordIdOfDelivery(event, id)),
    id,
    eventId: event.id,
    type: event.type,
    createdAt: event.createdAt,
    status,
    userIds: userIds.length === 0 ? undefined : userIds,
    orderedBy,
    queuedAt,
    attempts: JSON.stringify(attempts.map(({ answer: _, ...attempt }) => attempt)),
    owner,
    ...(owner === undefined ? bodyOf(delivery) : {}),
    expiresAt: expiryOf(delivery),
  };
};

/** The body of a delivery, apart from the user in whose partition it lies. */
export interface DeliveryBody {
  readonly recordId: string;
  readonly webhookId: string;
  readonly payload: string;
  readonly answers: string;
  readonly expiresAt: number;
}

/** Takes the body of a delivery from it. */
export const deliveryBody = (delivery: QueuedDelivery): DeliveryBody => ({
  recordId: recordIdOfDelivery(delivery.event, delivery.id),
  webhookId: delivery.webhookId,
  ...bodyOf(delivery),
  expiresAt: expiryOf(delivery),
});

/** Writes a body in the partition of a user, with whom it is deleted. */
export const deliveryBodyItem = (appId: string, owner: string, { recordId, ...body }: DeliveryBody): Item => ({
  ...deliveryBodyKey(appId, owner, recordId),
  ...body,
});

/** Reads a body from its item. */
export const readDeliveryBody = (item: Item): DeliveryBody => ({
  recordId: item.sk.slice(deliveryBodyPrefix.length),
  webhookId: item.webhookId,
  payload: item.payload,
  answers: item.answers,
  expiresAt: item.expiresAt,
});

/** Tells whether a record has expired: DynamoDB deletes it some time after that. */
export const isDeliveryExpired = (item: Item, now: Date): boolean => item.expiresAt * 1000 <= now.getTime();

/** Reads the record of a delivery; its body from the record, or from an item in its user's partition. */
export function readDelivery(item: Item, body: Item | undefined): DeliveryRecord {
  const [, appId = "", webhookId = ""] = String(item.pk).split("#");
  const { payload, answers = "[]" } = item.owner === undefined ? item : (body ?? {});
  const answerOf: readonly (string | null)[] = JSON.parse(answers);
  const attempts: QueuedDelivery["attempts"] = JSON.parse(item.attempts);
  return {
    id: item.sk,
    delivery: {
      id: item.id,
      appId,
      webhookId,
      userIds: item.userIds ?? [],
      orderedBy: item.orderedBy,
      queuedAt: item.queuedAt,
      attempts: attempts.map((attempt, index) => ({ ...attempt, answer: answerOf[index] ?? undefined })),
    },
    event: {
      id: item.eventId,
      type: item.type,
      createdAt: item.createdAt,
      ...(payload === undefined ? {} : { payload: JSON.parse(payload) }),
    },
    status: item.status,
  };
}

/** Names the key of the body of a record, if it lies in a user's partition. */
export function bodyKeyOf(item: Item): ReturnType<typeof deliveryBodyKey> | undefined {
  const [, appId = ""] = String(item.pk).split("#");
  return item.owner === undefined || item.owner === "none" ? undefined : deliveryBodyKey(appId, item.owner, item.sk);
}
