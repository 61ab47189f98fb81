import type { Db, Item } from "../../db/db.ts";
import { present } from "../../db/expression.ts";
import {
  bodyKeyOf,
  deliveryBody,
  deliveryItem,
  deliveryLifetimeSeconds,
  isDeliveryExpired,
  readDelivery,
} from "../../db/items/deliveryItem.ts";
import { deliveriesPartition, deliveryKey, deliveryPartitionMilliseconds, timeOfDelivery } from "../../db/keys.ts";
import { getItem, getItems, queryItems } from "../../db/readItems.ts";
import { putItem, updateItem } from "../../db/writeItems.ts";
import type { DeliveryRecord, DeliveryStatus, QueuedDelivery } from "../../model/events/webhookDelivery.ts";
import type { Page, PageQuery } from "../../model/page.ts";
import { placeBody } from "./deliveryBodies.ts";

/** The webhook that deliveries go to. */
export interface Addressee {
  readonly appId: string;
  readonly webhookId: string;
}

/** Writes what came of a delivery so far. Its body lies with its first user, so that it is deleted with the user. */
export async function recordDelivery(db: Db, delivery: QueuedDelivery, status: DeliveryStatus): Promise<void> {
  const [userId] = delivery.userIds;
  // The user is gone whose removal is told: what the event names is its id.
  const owner =
    userId === undefined || delivery.event.type === "user:remove"
      ? undefined
      : ((await placeBody(db, delivery.appId, userId, deliveryBody(delivery))) ?? "none");
  await putItem(db, deliveryItem(delivery, status, owner));
}

/** Finds a delivery of a webhook by its record's id. */
export async function findDelivery(
  db: Db,
  { appId, webhookId }: Addressee,
  id: string,
  now: Date,
): Promise<DeliveryRecord | undefined> {
  const item = await getItem(db, deliveryKey(appId, webhookId, id));
  if (item === undefined || isDeliveryExpired(item, now)) return undefined;
  const [record] = await withBodies(db, [item]);
  return record;
}

/** Marks a delivery as on its way again, with no attempts. Tells whether there still is a record of it. */
export async function renewDelivery(db: Db, { appId, webhookId }: Addressee, id: string): Promise<boolean> {
  const changes = { set: { status: "pending" satisfies DeliveryStatus, attempts: "[]" } };
  return (await updateItem(db, deliveryKey(appId, webhookId, id), changes, present)).done;
}

/** Bytes of the bodies on a page: a Lambda answers 6 MB at most. */
const pageBytes = 4_000_000;

/**
 * Lists a page of a webhook's deliveries, newest first. A page ends earlier than asked where its bodies would be too
 * large for one answer.
 */
export async function listDeliveries(
  db: Db,
  addressee: Addressee,
  query: PageQuery,
  now: Date,
): Promise<Page<DeliveryRecord>> {
  const backward = query.before !== undefined;
  const found = await entriesFrom(db, addressee, query, now);
  const records = await withBodies(db, found.slice(0, query.size));
  const fitting = records.slice(0, fittingCount(records));
  const hasBeyond = found.length > fitting.length;
  return backward
    ? { records: fitting.toReversed(), hasNext: true, hasPrevious: hasBeyond }
    : { records: fitting, hasNext: hasBeyond, hasPrevious: query.after !== undefined };
}

/** Counts the records, at least one, that fit in a page. */
function fittingCount(records: readonly DeliveryRecord[]): number {
  let bytes = 0;
  const fitting = records.findIndex((record, index) => {
    bytes += Buffer.byteLength(JSON.stringify(record));
    return index > 0 && bytes > pageBytes;
  });
  return fitting === -1 ? records.length : fitting;
}

/** Number of partitions that are read at once: a webhook with few deliveries has most of them empty. */
const partitionsAtOnce = 10;

/** Reads one entry more than a page has, from its cursor on: towards older ones, or newer ones before a cursor. */
async function entriesFrom(
  db: Db,
  { appId, webhookId }: Addressee,
  { after, before, size }: PageQuery,
  now: Date,
): Promise<readonly Item[]> {
  const cursor = after ?? before;
  const newest = now.getTime() + deliveryPartitionMilliseconds;
  const oldest = now.getTime() - deliveryLifetimeSeconds * 1000;
  const start = Math.min(newest, Math.max(oldest, cursor === undefined ? newest : timeOfDelivery(cursor)));
  const step = before === undefined ? -deliveryPartitionMilliseconds : deliveryPartitionMilliseconds;
  const end = before === undefined ? oldest - deliveryPartitionMilliseconds : newest;
  const times = Array.from({ length: Math.floor((end - start) / step) + 1 }, (_, index) => start + index * step);
  const found: Item[] = [];
  for (let from = 0; from < times.length && found.length <= size; from += partitionsAtOnce) {
    const pages = await Promise.all(
      times.slice(from, from + partitionsAtOnce).map((time) =>
        queryItems(db, {
          partition: deliveriesPartition(appId, webhookId, time),
          ...(cursor === undefined ? {} : { beyond: cursor }),
          descending: before === undefined,
          limit: size + 1,
        }),
      ),
    );
    found.push(...pages.flatMap(({ items }) => items).filter((item) => !isDeliveryExpired(item, now)));
  }
  return found.slice(0, size + 1);
}

/** Reads the bodies of records in as few calls as possible. */
async function withBodies(db: Db, items: readonly Item[]): Promise<readonly DeliveryRecord[]> {
  const keys = items.map(bodyKeyOf);
  const bodies = await getItems(
    db,
    keys.filter((key) => key !== undefined),
  );
  const left = bodies.values();
  return items.map((item, index) => readDelivery(item, keys[index] === undefined ? undefined : left.next().value));
}
