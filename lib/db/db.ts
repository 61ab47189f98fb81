import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { marshall, type NativeAttributeValue } from "@aws-sdk/util-dynamodb";
import { engineAccess } from "../model/engineEndpoint.ts";
import { leanClient } from "./dynamodb/leanClient.ts";
import { clear, type SecretBox } from "./secretBox.ts";

/** An item as JavaScript values. */
export type Item = Readonly<Record<string, NativeAttributeValue>>;

/** The one table, the client that reaches it, and how secrets stand in it. */
export interface Db {
  readonly client: DynamoDBClient;
  readonly tableName: string;
  readonly secrets: SecretBox;
}

/** Milliseconds until a call is made again: DynamoDB answers within a few. */
const patience = { connectionTimeout: 1_000, requestTimeout: 2_500 };

/**
 * Opens the table. Reads through it are strongly consistent; conditional writes answer the item that stands in their way
 * instead of throwing. Everything else that goes wrong is thrown as the SDK's own error.
 *
 * @param endpoint an engine off AWS, as `readEndpoint` reads it; without it, DynamoDB itself with the Lambda's credentials
 */
export function openDb(tableName: string, endpoint?: string, secrets: SecretBox = clear): Db {
  const client = leanClient({
    ...(endpoint === undefined ? {} : engineAccess(endpoint)),
    // Stated here, so that no cold start looks for them in files.
    defaultsMode: "standard",
    retryMode: "standard",
    useDualstackEndpoint: false,
    useFipsEndpoint: false,
    maxAttempts: 4,
    requestHandler: { ...patience, throwOnRequestTimeout: true },
  });
  return { client, tableName, secrets };
}

/** Lets all that share this door use another table from now on, as a reset of the local server does. */
export function changeTable(db: Db, tableName: string): void {
  // The type keeps all others from it.
  Object.assign(db, { tableName });
}

/** Encodes an item for DynamoDB, without the attributes that are `undefined`. */
export const encodeItem = (item: Item) => marshall(item, { removeUndefinedValues: true });
