import { paginateScan } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import type { Db, Item } from "./db.ts";

/** Reads a whole table, a page of up to 1 MB at a time: for an operator's work on a table, never for a request. */
export async function* scanItems({ client, tableName }: Db): AsyncGenerator<readonly Item[]> {
  for await (const { Items = [] } of paginateScan({ client }, { TableName: tableName, ConsistentRead: true }))
    yield Items.map((item) => unmarshall(item));
}
