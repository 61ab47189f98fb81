import {
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ResourceInUseException,
  ResourceNotFoundException,
  type TableDescription,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
  waitUntilTableNotExists,
} from "@aws-sdk/client-dynamodb";
import { tableDefinition } from "../api/tableDefinition.ts";
import { engineAccess, readEndpoint } from "../model/engineEndpoint.ts";
import { startCommand } from "./start/startCommand.ts";
import { StartError } from "./startError.ts";

const { partitionKey, sortKey, orderIndex, timeToLive } = tableDefinition;

/** The stream of the table on AWS: each record holds the item before and after a change. */
const stream = { StreamEnabled: true, StreamViewType: "NEW_AND_OLD_IMAGES" } as const;

/**
 * Creates the table on a local engine, unless it exists. It has no stream unless that is asked for, then also one that
 * existed without: most tests read none, and the embedded engine in memory writes the slower the more records its
 * stream holds.
 * @returns whether the table existed and was given its stream only now
 * @throws StartError if the endpoint is no DynamoDB, or a table of another shape has the name
 */
export function createTable(
  endpoint: string,
  tableName: string,
  { streamed = false }: { readonly streamed?: boolean } = {},
): Promise<{ readonly gotStream: boolean }> {
  return withClient(endpoint, async (client) => {
    try {
      await client.send(
        new CreateTableCommand({
          TableName: tableName,
          BillingMode: "PAY_PER_REQUEST",
          AttributeDefinitions: [partitionKey, sortKey, orderIndex.sortKey].map((name) => ({
            AttributeName: name,
            AttributeType: "S",
          })),
          KeySchema: keySchema(sortKey),
          LocalSecondaryIndexes: [
            {
              IndexName: orderIndex.name,
              KeySchema: keySchema(orderIndex.sortKey),
              Projection: { ProjectionType: "ALL" },
            },
          ],
          ...(streamed ? { StreamSpecification: stream } : {}),
        }),
      );
    } catch (error) {
      if (!(error instanceof ResourceInUseException)) throw error;
      const { Table } = await client.send(new DescribeTableCommand({ TableName: tableName }));
      if (Table && isExpected(Table)) return { gotStream: streamed && (await addStream(client, Table)) };
      throw new StartError(
        `The table "${tableName}" was made by another version; "${startCommand("--fresh")}" deletes it with its data and begins anew.`,
      );
    }
    await waitUntilTableExists(waiter(client), { TableName: tableName });
    await client.send(
      new UpdateTimeToLiveCommand({
        TableName: tableName,
        TimeToLiveSpecification: { AttributeName: timeToLive, Enabled: true },
      }),
    );
    return { gotStream: false };
  });
}

/**
 * Gives its stream to a table that was made before the local server read one. Where it has one it stays, since a second
 * call would begin another. Answers whether it got one.
 * @throws StartError if its stream has other content
 */
async function addStream(
  client: DynamoDBClient,
  { TableName, StreamSpecification: present }: TableDescription,
): Promise<boolean> {
  if (present?.StreamEnabled && present.StreamViewType !== stream.StreamViewType)
    throw new StartError(`The stream of the table "${TableName}" has no images of its items; switch it off.`);
  if (present?.StreamEnabled) return false;
  await client.send(new UpdateTableCommand({ TableName, StreamSpecification: stream }));
  return true;
}

/**
 * Deletes the table with all its items; it need not exist.
 * @throws StartError if the endpoint is no DynamoDB
 */
export function deleteTable(endpoint: string, tableName: string): Promise<void> {
  return withClient(endpoint, async (client) => {
    try {
      await client.send(new DeleteTableCommand({ TableName: tableName }));
    } catch (error) {
      if (error instanceof ResourceNotFoundException) return;
      throw error;
    }
    await waitUntilTableNotExists(waiter(client), { TableName: tableName });
  });
}

const keySchema = (range: string) => [
  { AttributeName: partitionKey, KeyType: "HASH" as const },
  { AttributeName: range, KeyType: "RANGE" as const },
];

const waiter = (client: DynamoDBClient) => ({ client, maxWaitTime: 30, minDelay: 1, maxDelay: 1 });

/**
 * Tells whether a table has the keys and the index of the definition. Other differences do not change the stored items.
 */
function isExpected(table: TableDescription): boolean {
  const keys = (schema: TableDescription["KeySchema"]) => schema?.map((key) => key.AttributeName).join();
  const index = table.LocalSecondaryIndexes?.find((candidate) => candidate.IndexName === orderIndex.name);
  return (
    keys(table.KeySchema) === `${partitionKey},${sortKey}` &&
    keys(index?.KeySchema) === `${partitionKey},${orderIndex.sortKey}` &&
    index?.Projection?.ProjectionType === "ALL"
  );
}

async function withClient<Result>(address: string, act: (client: DynamoDBClient) => Promise<Result>): Promise<Result> {
  const client = new DynamoDBClient({
    ...engineAccess(address),
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 3_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
  });
  try {
    return await act(client);
  } catch (error) {
    if (error instanceof StartError) throw error;
    const reason = error instanceof Error ? error.name : String(error);
    throw new StartError(
      `What answers at ${readEndpoint(address).endpoint} does not answer as DynamoDB does (${reason}).`,
    );
  } finally {
    client.destroy();
  }
}
