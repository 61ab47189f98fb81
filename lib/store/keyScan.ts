import { ScanCommand } from "@aws-sdk/client-dynamodb";
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb";
import type { Key } from "./keys.ts";
import { newClient } from "./table.ts";

/** A page of a table's keys, with the app's id where the item names it, and where the next begins as long as there is one. */
export interface KeyPage {
  readonly items: readonly (Key & { readonly appId?: string })[];
  readonly next: Key | undefined;
}

/** Reads the page after a key, or the first. */
export type KeyScan = (after?: Key) => Promise<KeyPage>;

/**
 * Reads the keys of a whole table, in pages of what DynamoDB reads in one call (1 MB of items): for the rare work on what
 * nothing lists. It is apart from the table's door, so that no other Lambda carries it.
 */
export function keyScan(tableName: string, endpoint?: string): KeyScan {
  const client = newClient(endpoint);
  return async (after) => {
    const answer = await client.send(
      new ScanCommand({
        TableName: tableName,
        ProjectionExpression: "pk, sk, appId",
        ConsistentRead: true,
        ...(after === undefined ? {} : { ExclusiveStartKey: marshall({ pk: after.pk, sk: after.sk }) }),
      }),
    );
    // What the projection says is all that an item has here.
    const read = (item: NonNullable<typeof answer.LastEvaluatedKey>) => unmarshall(item) as Key;
    return { items: (answer.Items ?? []).map(read), next: answer.LastEvaluatedKey && read(answer.LastEvaluatedKey) };
  };
}
