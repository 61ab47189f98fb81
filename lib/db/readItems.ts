import {
  BatchGetItemCommand,
  GetItemCommand,
  QueryCommand,
  type QueryCommandInput,
  type QueryCommandOutput,
} from "@aws-sdk/client-dynamodb";
import { type Db, encodeItem, type Item } from "./db.ts";
import { decodeItem } from "./decodeItem.ts";
import { fitsTable, type Key } from "./keys.ts";

/** Reads one item. */
export async function getItem({ client, tableName }: Db, key: Key): Promise<Item | undefined> {
  if (!fitsTable(key)) return undefined;
  const { Item } = await client.send(
    new GetItemCommand({ TableName: tableName, Key: encodeItem({ pk: key.pk, sk: key.sk }), ConsistentRead: true }),
  );
  return Item && decodeItem(Item);
}

/** Reads up to a hundred items in one call; answers in the order of the keys, `undefined` for a key without an item. */
export async function getItems(db: Db, keys: readonly Key[]): Promise<readonly (Item | undefined)[]> {
  const [first] = keys;
  if (first === undefined) return [];
  if (keys.length === 1) return [await getItem(db, first)];
  const { client, tableName } = db;
  const found = new Map<string, Item>();
  const nameOf = (key: Item | Key) => JSON.stringify([key.pk, key.sk]);
  let open = [
    ...new Map(keys.filter(fitsTable).map((key) => [nameOf(key), encodeItem({ pk: key.pk, sk: key.sk })])).values(),
  ];
  while (open.length > 0) {
    const answer = await client.send(
      new BatchGetItemCommand({ RequestItems: { [tableName]: { Keys: open, ConsistentRead: true } } }),
    );
    for (const raw of answer.Responses?.[tableName] ?? []) {
      const item = decodeItem(raw);
      found.set(nameOf(item), item);
    }
    open = answer.UnprocessedKeys?.[tableName]?.Keys ?? [];
  }
  return keys.map((key) => found.get(nameOf(key)));
}

/** A range of a partition, in the order of its sort keys. */
export interface QueryRange {
  readonly partition: string;
  /** A prefix of the sort keys; without it, the whole partition. */
  readonly prefix?: string;
  /** The sort key after which the range begins, in the direction of the query. */
  readonly beyond?: string;
  readonly descending?: boolean;
  readonly limit: number;
  /** The local secondary index to read instead of the sort key. */
  readonly index?: string;
}

/** Reads at most `limit` items of a range, and tells whether there are more. */
export async function queryItems(
  { client, tableName }: Db,
  range: QueryRange,
): Promise<{ readonly items: readonly Item[]; readonly more: boolean }> {
  if (!fitsTable({ pk: range.partition, sk: range.prefix ?? "" })) return { items: [], more: false };
  const request = queryOf(tableName, range);
  const sortKey = sortKeyOf(range);
  const items: Item[] = [];
  let start: QueryCommandOutput["LastEvaluatedKey"];
  do {
    const answer: QueryCommandOutput = await client.send(
      new QueryCommand({
        ...request,
        // One more tells whether there are more, and another makes up for the cursor, which BETWEEN includes.
        Limit: range.limit + 2 - items.length,
        ...(start === undefined ? {} : { ExclusiveStartKey: start }),
      }),
    );
    const read: readonly Item[] = (answer.Items ?? []).map((raw) => decodeItem(raw));
    items.push(...read.filter((item) => item[sortKey] !== range.beyond));
    start = answer.LastEvaluatedKey;
  } while (start !== undefined && items.length <= range.limit);
  return { items: items.slice(0, range.limit), more: items.length > range.limit };
}

const sortKeyOf = ({ index = "sk" }: QueryRange): string => index;

/** Writes the request of a range. A key condition cannot hold both `begins_with` and `<`, so BETWEEN does both. */
function queryOf(tableName: string, { descending = false, ...range }: QueryRange): QueryCommandInput {
  // A key value cannot be empty, so the least character stands for the start.
  const first = range.prefix ?? "\u0001";
  const last = `${range.prefix ?? ""}\u{10ffff}`;
  const [low, high] = descending ? [first, range.beyond ?? last] : [range.beyond ?? first, last];
  return {
    TableName: tableName,
    ...(range.index === undefined ? {} : { IndexName: range.index }),
    KeyConditionExpression: "pk = :pk AND #sk BETWEEN :low AND :high",
    ExpressionAttributeNames: { "#sk": sortKeyOf(range) },
    ExpressionAttributeValues: encodeItem({ ":pk": range.partition, ":low": low, ":high": high }),
    ScanIndexForward: !descending,
    ConsistentRead: true,
  };
}
