import { ScanCommand } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import { type Db, encodeItem } from "./db.ts";
import type { Key } from "./keys.ts";

/** A page of a table's keys, with the app's id if the item has one, and the key after which the next page begins. */
export interface KeyPage {
  readonly items: readonly (Key & { readonly appId?: string })[];
  readonly next: Key | undefined;
}

/**
 * Reads the keys of a whole table, in pages of what DynamoDB reads in one call (1 MB of items): for the rare work on
 * items that no partition lists.
 * @param after the key after which the page begins; without it, the first page
 */
export async function scanKeys({ client, tableName }: Db, after?: Key): Promise<KeyPage> {
  const answer = await client.send(
    new ScanCommand({
      TableName: tableName,
      ProjectionExpression: "pk, sk, appId",
      ConsistentRead: true,
      ...(after === undefined ? {} : { ExclusiveStartKey: encodeItem({ pk: after.pk, sk: after.sk }) }),
    }),
  );
  // The projection leaves only these attributes.
  const read = (item: NonNullable<typeof answer.LastEvaluatedKey>) => unmarshall(item) as Key;
  return { items: (answer.Items ?? []).map(read), next: answer.LastEvaluatedKey && read(answer.LastEvaluatedKey) };
}
