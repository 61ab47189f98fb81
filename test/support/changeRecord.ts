import { encodeItem, type Item } from "../../lib/db/db.ts";
import type { StreamRecord } from "../../lib/db/streamRecord.ts";

/** The time of `changeRecord`. */
export const changedAt = "2026-01-02T03:04:05.000Z";

/** Makes the record in which the table's stream tells the change of an item. */
export function changeRecord(before: Item | undefined, after: Item | undefined): StreamRecord {
  const { pk, sk } = before ?? after ?? {};
  return {
    eventName: before === undefined ? "INSERT" : after === undefined ? "REMOVE" : "MODIFY",
    dynamodb: {
      Keys: encodeItem({ pk, sk }),
      OldImage: before && encodeItem(before),
      NewImage: after && encodeItem(after),
      ApproximateCreationDateTime: Date.parse(changedAt) / 1000,
    },
  };
}
