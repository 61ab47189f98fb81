import { setTimeout as pause } from "node:timers/promises";
import { tableDefinition } from "../api/tableDefinition.ts";
import { readEndpoint } from "../model/engineEndpoint.ts";
import { EngineError, engineApi } from "./engineApi.ts";
import { startCommand } from "./start/startCommand.ts";
import { StartError } from "./startError.ts";

const { partitionKey, sortKey, orderIndex, timeToLive } = tableDefinition;

/** The stream of the table on AWS: each record holds the item before and after a change. */
const stream = { StreamEnabled: true, StreamViewType: "NEW_AND_OLD_IMAGES" } as const;

/** The part of a table's description that is read. */
interface TableDescription {
  readonly TableStatus: string;
  readonly KeySchema: KeySchema;
  readonly LocalSecondaryIndexes?: readonly {
    readonly IndexName: string;
    readonly KeySchema: KeySchema;
    readonly Projection: { readonly ProjectionType: string };
  }[];
  readonly StreamSpecification?: { readonly StreamEnabled: boolean; readonly StreamViewType?: string };
}

type KeySchema = readonly { readonly AttributeName: string; readonly KeyType: "HASH" | "RANGE" }[];

/** The calls of one engine by the names of its operations. */
type Engine = <Answer>(operation: string, input: object) => Promise<Answer>;

/** Milliseconds within which a table is made or deleted. */
const patience = 30_000;

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
  return withEngine(endpoint, async (engine) => {
    try {
      await engine("CreateTable", {
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
      });
    } catch (error) {
      if (!isNamed(error, "ResourceInUseException")) throw error;
      const table = await describe(engine, tableName);
      if (table && isExpected(table)) return { gotStream: streamed && (await addStream(engine, tableName, table)) };
      throw new StartError(
        `The table "${tableName}" was made by another version; "${startCommand("--fresh")}" deletes it with its data and begins anew.`,
      );
    }
    await until(async () => (await describe(engine, tableName))?.TableStatus === "ACTIVE");
    await engine("UpdateTimeToLive", {
      TableName: tableName,
      TimeToLiveSpecification: { AttributeName: timeToLive, Enabled: true },
    });
    return { gotStream: false };
  });
}

/**
 * Gives its stream to a table that was made before the local server read one. Where it has one it stays, since a second
 * call would begin another. Answers whether it got one.
 * @throws StartError if its stream has other content
 */
async function addStream(
  engine: Engine,
  TableName: string,
  { StreamSpecification: present }: TableDescription,
): Promise<boolean> {
  if (present?.StreamEnabled && present.StreamViewType !== stream.StreamViewType)
    throw new StartError(`The stream of the table "${TableName}" has no images of its items; switch it off.`);
  if (present?.StreamEnabled) return false;
  await engine("UpdateTable", { TableName, StreamSpecification: stream });
  return true;
}

/**
 * Deletes the table with all its items; it need not exist.
 * @throws StartError if the endpoint is no DynamoDB
 */
export function deleteTable(endpoint: string, tableName: string): Promise<void> {
  return withEngine(endpoint, async (engine) => {
    try {
      await engine("DeleteTable", { TableName: tableName });
    } catch (error) {
      if (isNamed(error, "ResourceNotFoundException")) return;
      throw error;
    }
    await until(async () => (await describe(engine, tableName)) === undefined);
  });
}

/** Describes a table; `undefined` if there is none. */
async function describe(engine: Engine, TableName: string): Promise<TableDescription | undefined> {
  try {
    return (await engine<{ Table: TableDescription }>("DescribeTable", { TableName })).Table;
  } catch (error) {
    if (isNamed(error, "ResourceNotFoundException")) return undefined;
    throw error;
  }
}

const isNamed = (error: unknown, name: string): boolean => error instanceof EngineError && error.name === name;

/** Waits until something is so; the engines of this machine need no second look. */
async function until(isDone: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + patience; !(await isDone()); await pause(100))
    if (Date.now() > deadline) throw new StartError("The database takes too long.");
}

const keySchema = (range: string): KeySchema => [
  { AttributeName: partitionKey, KeyType: "HASH" },
  { AttributeName: range, KeyType: "RANGE" },
];

/**
 * Tells whether a table has the keys and the index of the definition. Other differences do not change the stored items.
 */
function isExpected(table: TableDescription): boolean {
  const keys = (schema: KeySchema | undefined) => schema?.map((key) => key.AttributeName).join();
  const index = table.LocalSecondaryIndexes?.find((candidate) => candidate.IndexName === orderIndex.name);
  return (
    keys(table.KeySchema) === `${partitionKey},${sortKey}` &&
    keys(index?.KeySchema) === `${partitionKey},${orderIndex.sortKey}` &&
    index?.Projection?.ProjectionType === "ALL"
  );
}

async function withEngine<Result>(address: string, act: (engine: Engine) => Promise<Result>): Promise<Result> {
  const { call, close } = engineApi(address);
  try {
    return await act((operation, input) => call(`DynamoDB_20120810.${operation}`, input));
  } catch (error) {
    if (error instanceof StartError) throw error;
    const reason = error instanceof Error ? error.name : String(error);
    throw new StartError(
      `What answers at ${readEndpoint(address).endpoint} does not answer as DynamoDB does (${reason}).`,
    );
  } finally {
    close();
  }
}
