import {
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ResourceInUseException,
  ResourceNotFoundException,
  type TableDescription,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
  waitUntilTableNotExists,
} from "@aws-sdk/client-dynamodb";
import { tableDefinition } from "../api/tableDefinition.ts";
import { engineAccess, readEndpoint } from "../model/engineEndpoint.ts";
import { StartError } from "./startError.ts";

const { partitionKey, sortKey, orderIndex, timeToLive } = tableDefinition;

/**
 * Creates the table on a local engine, unless it exists. It has no stream, unlike the one on AWS: nothing here reads
 * one, and the embedded engine writes the slower the more records its stream holds.
 * @throws StartError if the endpoint is no DynamoDB, or a table of another shape has the name
 */
export function createTable(endpoint: string, tableName: string): Promise<void> {
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
        }),
      );
    } catch (error) {
      if (!(error instanceof ResourceInUseException)) throw error;
      const { Table } = await client.send(new DescribeTableCommand({ TableName: tableName }));
      if (Table && isExpected(Table)) return;
      throw new StartError(
        `The table "${tableName}" was made by another version; "npm start -- --fresh" deletes it with its data and begins anew.`,
      );
    }
    await waitUntilTableExists(waiter(client), { TableName: tableName });
    await client.send(
      new UpdateTimeToLiveCommand({
        TableName: tableName,
        TimeToLiveSpecification: { AttributeName: timeToLive, Enabled: true },
      }),
    );
  });
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

async function withClient(address: string, act: (client: DynamoDBClient) => Promise<void>): Promise<void> {
  const client = new DynamoDBClient({
    ...engineAccess(address),
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 3_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
  });
  try {
    await act(client);
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
