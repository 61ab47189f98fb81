import {
  type AttributeValue,
  DescribeTableCommand,
  DynamoDBClient,
  paginateScan,
  TransactWriteItemsCommand,
} from "@aws-sdk/client-dynamodb";
import { engineAccess } from "../../model/engineEndpoint.ts";

/** An item in DynamoDB's own form, as it stands in the table, its secrets sealed. */
export type RawItem = Record<string, AttributeValue>;

/** The items and the bytes of a transaction; DynamoDB takes 100 and 4 MB. */
const transactionLimit = { items: 100, bytes: 3_000_000 };

/**
 * Opens an engine for copies of whole tables: those of tests are small.
 * @param endpoint the URL, with the access key as its user name
 */
export function tableCopies(endpoint: string) {
  const client = new DynamoDBClient(engineAccess(endpoint));
  return {
    /** Tells whether the engine has the table, and answers within two seconds. */
    async answers(tableName: string): Promise<boolean> {
      try {
        await client.send(new DescribeTableCommand({ TableName: tableName }), {
          abortSignal: AbortSignal.timeout(2_000),
        });
        return true;
      } catch {
        return false;
      }
    },
    async read(tableName: string): Promise<readonly RawItem[]> {
      const items: RawItem[] = [];
      for await (const { Items = [] } of paginateScan({ client }, { TableName: tableName, ConsistentRead: true }))
        items.push(...Items);
      return items;
    },
    /**
     * Puts items into an empty table, by transactions: an engine on a disk waits for it once for each, whereas it waits
     * for each item of a batch.
     */
    async fill(tableName: string, items: readonly RawItem[]): Promise<void> {
      for (const part of partsOf(items)) {
        const TransactItems = part.map((Item) => ({ Put: { TableName: tableName, Item } }));
        await client.send(new TransactWriteItemsCommand({ TransactItems }));
      }
    },
  };
}

function partsOf(items: readonly RawItem[]): readonly (readonly RawItem[])[] {
  const parts: RawItem[][] = [[]];
  let bytes = 0;
  for (const item of items) {
    const size = Buffer.byteLength(JSON.stringify(item));
    const last = parts.at(-1);
    if (last && last.length < transactionLimit.items && bytes + size <= transactionLimit.bytes) {
      last.push(item);
      bytes += size;
    } else {
      parts.push([item]);
      bytes = size;
    }
  }
  return parts.filter((part) => part.length > 0);
}
