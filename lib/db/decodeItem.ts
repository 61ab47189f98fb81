import { unmarshall } from "@aws-sdk/util-dynamodb";
import { itemForm } from "../model/itemForm.ts";
import type { Item } from "./db.ts";

/** An item of a form that only a later version reads. It may pass: the item is readable again after the upgrade. */
export class LaterFormError extends Error {
  override readonly name = "LaterFormError";
}

/**
 * Decodes an item as DynamoDB answers it.
 * @throws LaterFormError if a later version wrote it in a form that this one would misread
 */
export function decodeItem(encoded: Parameters<typeof unmarshall>[0]): Item {
  const item = unmarshall(encoded);
  if (item.form > itemForm)
    throw new LaterFormError(
      `A later version of Sunroom wrote this item (form ${item.form}, and this version reads up to ${itemForm}): run that version.`,
    );
  return item;
}
