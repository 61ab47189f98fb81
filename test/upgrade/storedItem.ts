/** An item in DynamoDB's own form, as its JSON has it. */
export type StoredItem = Readonly<Record<string, StoredValue>> & {
  readonly pk: { readonly S: string };
  readonly sk: { readonly S: string };
};
export interface StoredValue {
  readonly S?: string;
  readonly N?: string;
  readonly B?: string;
  readonly M?: Readonly<Record<string, StoredValue>>;
}

/** The key that encrypts the secrets in every file. It protects nothing. */
export const secretsKey = "5ec2e7".repeat(11).slice(0, 64);

/** Calls an engine with DynamoDB's own JSON, in which bytes are text and a file can hold them. */
export async function callEngine<Answer>(endpoint: string, action: string, body: object): Promise<Answer> {
  const response = await fetch(endpoint, {
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": `DynamoDB_20120810.${action}`,
      "x-amz-date": "20260101T000000Z",
      // Engines check no signature.
      authorization:
        "AWS4-HMAC-SHA256 Credential=local/20260101/local/dynamodb/aws4_request, SignedHeaders=host;x-amz-date, Signature=0",
    },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`The engine refused ${action}: ${text}`);
  return JSON.parse(text);
}

/** Orders an item's attributes by name, so that two files of one build differ in little. */
const inOrder = (item: StoredItem): StoredItem =>
  Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1))) as unknown as StoredItem;

/** Reads every item of a table, sorted by key. */
export async function scanTable(endpoint: string, tableName: string): Promise<readonly StoredItem[]> {
  const items: StoredItem[] = [];
  let start: object | undefined;
  do {
    const page: { Items: StoredItem[]; LastEvaluatedKey?: object } = await callEngine(endpoint, "Scan", {
      TableName: tableName,
      ConsistentRead: true,
      ExclusiveStartKey: start,
    });
    items.push(...page.Items.map(inOrder));
    start = page.LastEvaluatedKey;
  } while (start !== undefined);
  const name = ({ pk, sk }: StoredItem) => JSON.stringify([pk.S, sk.S]);
  return items.sort((a, b) => (name(a) < name(b) ? -1 : 1));
}

/** Puts items into a table. */
export async function putItems(endpoint: string, tableName: string, items: readonly StoredItem[]): Promise<void> {
  for (let from = 0; from < items.length; from += 25) {
    const puts = items.slice(from, from + 25).map((Item) => ({ PutRequest: { Item } }));
    await callEngine(endpoint, "BatchWriteItem", { RequestItems: { [tableName]: puts } });
  }
}
