import type { Db } from "../../db/db.ts";
import { present } from "../../db/expression.ts";
import { type DeliveryBody, deliveryBodyItem, readDeliveryBody } from "../../db/items/deliveryItem.ts";
import { readAddressRecord } from "../../db/items/userItem.ts";
import { deliveryBodyKey, deliveryBodyPrefix, deliveryKey, namesInUserKey, userKey } from "../../db/keys.ts";
import { getItem, queryItems } from "../../db/readItems.ts";
import { readStreamRecord, type StreamRecord } from "../../db/streamRecord.ts";
import { deleteItem, deleteItems, putItem, updateItem } from "../../db/writeItems.ts";
import type { AppEvent } from "../../model/events/event.ts";

/** Number of users one after the other that a body follows: each merge makes one more. */
const mergesFollowed = 8;

/**
 * Puts the body of a delivery in the partition of a user. A user may be deleted or merged at any time, so this looks
 * only afterwards: a later deletion finds the body, and an earlier one is found here.
 * @returns the user that has it, after merges another one; `undefined` if the user was deleted, and the body with it
 */
export async function placeBody(
  db: Db,
  appId: string,
  userId: string,
  body: DeliveryBody,
): Promise<string | undefined> {
  let owner = userId;
  for (let count = 0; count < mergesFollowed; count++) {
    await putItem(db, deliveryBodyItem(appId, owner, body));
    const item = await getItem(db, userKey(appId, owner));
    const record = item && readAddressRecord(item);
    if (record?.kind === "user") return owner;
    await deleteItem(db, deliveryBodyKey(appId, owner, body.recordId));
    // A redirect that a deletion left names the deleted user, and leads to another one.
    if (record?.kind !== "redirect" || item?.of !== undefined) return undefined;
    owner = record.userId;
  }
  return undefined;
}

/**
 * Lets the bodies of earlier deliveries follow what happened to their users: they are deleted with one, and with its
 * personal information, and belong to the survivor of a merge. Any number of times, as the table's stream tells it:
 * nothing of this is left undone when a request ends early.
 */
export async function followUsers(
  db: Db,
  events: readonly AppEvent[],
  records: readonly StreamRecord[],
): Promise<void> {
  for (const { appId, detail } of events) {
    if (detail.type === "user:remove") await deleteBodies(db, appId, detail.user.id);
    if (detail.type === "user:merge") await moveBodies(db, appId, detail.discarded.id, detail.merge.survivorId);
  }
  for (const { dynamodb } of records) {
    // Few records have this mark, so the others are not read once more.
    const item = dynamodb?.NewImage?.cleared === undefined ? undefined : readStreamRecord({ dynamodb })?.after;
    if (item === undefined) continue;
    const { appId, id } = namesInUserKey(item.pk);
    await deleteBodies(db, appId, id);
  }
}

/** Deletes the bodies of all deliveries that tell of a user. Their records stay, with ids alone. */
async function deleteBodies(db: Db, appId: string, userId: string): Promise<void> {
  for await (const bodies of bodiesOf(db, appId, userId))
    await deleteItems(
      db,
      bodies.map(({ recordId }) => deliveryBodyKey(appId, userId, recordId)),
    );
}

/** Moves the bodies of a user that was merged into another, and names the other one in their records. */
async function moveBodies(db: Db, appId: string, fromId: string, toId: string): Promise<void> {
  for await (const bodies of bodiesOf(db, appId, fromId))
    for (const body of bodies) {
      const owner = await placeBody(db, appId, toId, body);
      const record = deliveryKey(appId, body.webhookId, body.recordId);
      await updateItem(db, record, { set: { owner: owner ?? "none" } }, present);
      await deleteItem(db, deliveryBodyKey(appId, fromId, body.recordId));
    }
}

/** Number of bodies that are read at a time: some are large. */
const bodiesAtOnce = 25;

/** Reads the bodies in a user's partition until there are none, which is the caller's part. */
async function* bodiesOf(db: Db, appId: string, userId: string): AsyncGenerator<readonly DeliveryBody[]> {
  for (;;) {
    const range = { partition: userKey(appId, userId).pk, prefix: deliveryBodyPrefix, limit: bodiesAtOnce };
    const { items } = await queryItems(db, range);
    if (items.length === 0) return;
    yield items.map(readDeliveryBody);
  }
}
