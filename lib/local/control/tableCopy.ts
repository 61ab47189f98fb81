import { engineApi } from "../engineApi.ts";

/** An item in DynamoDB's own form, as it stands in the table, its secrets sealed. */
export type RawItem = Readonly<Record<string, unknown>>;

/** The items and the bytes of a transaction; DynamoDB takes 100 and 4 MB. */
const transactionLimit = { items: 100, bytes: 3_000_000 };

const version = "DynamoDB_20120810";

/**
 * Opens an engine for copies of whole tables: those of tests are small.
 * @param endpoint the URL, with the access key as its user name
 */
export function tableCopies(endpoint: string) {
  const { call } = engineApi(endpoint);
  return {
    /** Tells whether the engine has the table, and answers within two seconds. */
    async answers(tableName: string): Promise<boolean> {
      const { call, close } = engineApi(endpoint, 2_000);
      const described = call(`${version}.DescribeTable`, { TableName: tableName });
      return described
        .then(
          () => true,
          () => false,
        )
        .finally(close);
    },
    async read(tableName: string): Promise<readonly RawItem[]> {
      const items: RawItem[] = [];
      let ExclusiveStartKey: RawItem | undefined;
      do {
        const page = await call<{ Items?: readonly RawItem[]; LastEvaluatedKey?: RawItem }>(`${version}.Scan`, {
          ...{ TableName: tableName, ConsistentRead: true, ExclusiveStartKey },
        });
        items.push(...(page.Items ?? []));
        ExclusiveStartKey = page.LastEvaluatedKey;
      } while (ExclusiveStartKey !== undefined);
      return items;
    },
    /**
     * Puts items into an empty table, by transactions: an engine on a disk waits for it once for each, whereas it waits
     * for each item of a batch.
     */
    async fill(tableName: string, items: readonly RawItem[]): Promise<void> {
      for (const part of partsOf(items)) {
        const TransactItems = part.map((Item) => ({ Put: { TableName: tableName, Item } }));
        await call(`${version}.TransactWriteItems`, { TransactItems });
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
