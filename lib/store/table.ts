import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandOutput,
  TransactionCanceledException,
  TransactionConflictException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { marshall, type NativeAttributeValue, unmarshall } from "@aws-sdk/util-dynamodb";
import { leanClient } from "../db/dynamodb/leanClient.ts";
import { engineAccess } from "../domain/engineEndpoint.ts";
import type { Key } from "./keys.ts";

/** An item as JavaScript values. */
export type Item = Readonly<Record<string, NativeAttributeValue>>;

/** An expression with its names (`#name`) and values (`:value`); `undefined` values are left out. */
export interface Expression {
  readonly text: string;
  readonly names?: Readonly<Record<string, string>>;
  readonly values?: Item;
}

/** What became of a conditional write: done, or not, with what stands there. */
export type Written = { readonly done: true } | { readonly done: false; readonly standing: Item | undefined };

export type Operation =
  | { readonly put: Item; readonly condition?: Expression }
  | { readonly update: Key; readonly change: Expression; readonly condition?: Expression }
  | { readonly delete: Key; readonly condition?: Expression };

/** The outcome of a transaction: done, or for each operation whether its own condition failed and what stands there. */
export type Transacted =
  | { readonly done: true }
  | { readonly done: false; readonly failed: readonly (false | { readonly standing: Item | undefined })[] };

export interface QueryRange {
  readonly partition: string;
  /** Sort keys that begin so; all of the partition's without it. */
  readonly prefix?: string;
  /** Only beyond this sort key, in the direction of the query. */
  readonly beyond?: string;
  readonly descending?: boolean;
  readonly limit: number;
  /** The local secondary index to read instead of the sort key. */
  readonly index?: string;
}

export type Table = ReturnType<typeof openTable>;

export const absent: Expression = { text: "attribute_not_exists(pk)" };
export const present: Expression = { text: "attribute_exists(pk)" };

const encode = (item: Item) => marshall(item, { removeUndefinedValues: true });

const parts = (expressions: readonly (Expression | undefined)[]) => {
  const names = Object.assign({}, ...expressions.map((expression) => expression?.names ?? {}));
  const values = Object.assign({}, ...expressions.map((expression) => expression?.values ?? {}));
  return {
    ...(Object.keys(names).length > 0 ? { ExpressionAttributeNames: names as Record<string, string> } : {}),
    ...(Object.keys(values).length > 0 ? { ExpressionAttributeValues: encode(values) } : {}),
  };
};

/** The number of operations a transaction holds. */
export const transactionLimit = 100;

/**
 * Whether anything can stand at a key: DynamoDB takes no longer ones. A key is made of what callers name, so it may be of
 * any length; at one that is too long nothing is found, and a transaction on condition that something stands there fails.
 */
const canStand = (key: Key): boolean => Buffer.byteLength(key.pk) <= 2048 && Buffer.byteLength(key.sk) <= 1024;

const keyOf = (operation: Operation): Key => {
  if ("put" in operation) return { pk: operation.put.pk, sk: operation.put.sk };
  return "update" in operation ? operation.update : operation.delete;
};

/** The number of items BatchWriteItem takes. */
const batchSize = 25;

/** How long a call may take, in milliseconds, before it is made again: DynamoDB answers within a few. */
const patience = { connectionTimeout: 1_000, requestTimeout: 2_500 };

/** How often a write is tried again when a transaction of somebody else holds an item of it. */
const conflictRetries = 8;

/**
 * Makes a client of DynamoDB.
 *
 * @param endpoint an engine off AWS, as `readEndpoint` reads it; without it, DynamoDB itself with the Lambda's credentials
 */
export function newClient(endpoint?: string): DynamoDBClient {
  return leanClient({
    ...(endpoint === undefined ? {} : engineAccess(endpoint)),
    // Said here, none of these is looked for in files at a cold start.
    defaultsMode: "standard",
    retryMode: "standard",
    useDualstackEndpoint: false,
    useFipsEndpoint: false,
    maxAttempts: 4,
    requestHandler: { ...patience, throwOnRequestTimeout: true },
  });
}

/**
 * The door to DynamoDB. Reads are strongly consistent: who was told "created" finds it. Conditional writes answer what
 * stands in their way instead of throwing. Everything else that goes wrong is thrown as the SDK's own error.
 *
 * @param endpoint an engine off AWS, as `readEndpoint` reads it; without it, DynamoDB itself with the Lambda's credentials
 */
export function openTable(tableName: string, endpoint?: string) {
  const client = newClient(endpoint);

  const conditional = async (write: () => Promise<unknown>): Promise<Written> => {
    for (let attempt = 0; ; attempt++) {
      try {
        await write();
        return { done: true };
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException)
          return { done: false, standing: error.Item && unmarshall(error.Item) };
        if (!(error instanceof TransactionConflictException) || attempt >= conflictRetries) throw error;
        await backOff(attempt);
      }
    }
  };

  /** What every write says, alone or in a transaction. */
  const writing = (condition?: Expression, change?: Expression) => ({
    TableName: tableName,
    ReturnValuesOnConditionCheckFailure: "ALL_OLD" as const,
    ...(condition ? { ConditionExpression: condition.text } : {}),
    ...parts([change, condition]),
  });
  const putting = (item: Item, condition?: Expression) => ({ ...writing(condition), Item: encode(item) });
  const updating = (key: Key, change: Expression, condition?: Expression) => ({
    ...writing(condition, change),
    Key: encode({ ...key }),
    UpdateExpression: change.text,
  });
  const deleting = (key: Key, condition?: Expression) => ({ ...writing(condition), Key: encode({ ...key }) });

  const part = (operation: Operation): TransactWriteItem => {
    const { condition } = operation;
    if ("put" in operation) return { Put: putting(operation.put, condition) };
    if ("update" in operation) return { Update: updating(operation.update, operation.change, condition) };
    return { Delete: deleting(operation.delete, condition) };
  };

  return {
    /** Reads one item. */
    async get(key: Key): Promise<Item | undefined> {
      if (!canStand(key)) return undefined;
      const { Item } = await client.send(
        new GetItemCommand({ TableName: tableName, Key: encode({ ...key }), ConsistentRead: true }),
      );
      return Item && unmarshall(Item);
    },

    /** Reads up to a hundred items in one call; the answer is in the order of the keys, `undefined` where nothing stands. */
    async getAll(keys: readonly Key[]): Promise<readonly (Item | undefined)[]> {
      if (keys.length === 0) return [];
      if (keys.length === 1) return [await this.get(keys[0] as Key)];
      const found = new Map<string, Item>();
      const name = (key: Item | Key) => JSON.stringify([key.pk, key.sk]);
      let open = [
        ...new Map(keys.filter(canStand).map((key) => [name(key), encode({ pk: key.pk, sk: key.sk })])).values(),
      ];
      while (open.length > 0) {
        const answer = await client.send(
          new BatchGetItemCommand({ RequestItems: { [tableName]: { Keys: open, ConsistentRead: true } } }),
        );
        for (const raw of answer.Responses?.[tableName] ?? []) {
          const item = unmarshall(raw);
          found.set(name(item), item);
        }
        open = answer.UnprocessedKeys?.[tableName]?.Keys ?? [];
      }
      return keys.map((key) => found.get(name(key)));
    },

    /** Writes one item whole. */
    put: (item: Item, condition?: Expression): Promise<Written> =>
      conditional(() => client.send(new PutItemCommand(putting(item, condition)))),

    /** Changes parts of one item. */
    update: (key: Key, change: Expression, condition?: Expression): Promise<Written> =>
      conditional(() => client.send(new UpdateItemCommand(updating(key, change, condition)))),

    /** Deletes one item. */
    delete: (key: Key, condition?: Expression): Promise<Written> =>
      conditional(() => client.send(new DeleteItemCommand(deleting(key, condition)))),

    /** Deletes items without condition, many at once: for what nobody can see any more. */
    async deleteAll(keys: readonly Key[]): Promise<void> {
      const batches = Array.from({ length: Math.ceil(keys.length / batchSize) }, (_, index) =>
        keys.slice(index * batchSize, (index + 1) * batchSize),
      );
      const worker = async () => {
        for (let batch = batches.pop(); batch; batch = batches.pop()) {
          let open = batch.map((key) => ({ DeleteRequest: { Key: encode({ pk: key.pk, sk: key.sk }) } }));
          for (let attempt = 0; open.length > 0; attempt++) {
            if (attempt > 0) await backOff(attempt);
            const answer = await client.send(new BatchWriteItemCommand({ RequestItems: { [tableName]: open } }));
            open = (answer.UnprocessedItems?.[tableName] ?? []) as typeof open;
          }
        }
      };
      await Promise.all(Array.from({ length: 4 }, worker));
    },

    /** Reads a range of a partition, at most `limit` items and whether there are more. */
    async query(range: QueryRange): Promise<{ readonly items: readonly Item[]; readonly more: boolean }> {
      if (!canStand({ pk: range.partition, sk: range.prefix ?? "" })) return { items: [], more: false };
      const sortKey = range.index ?? "sk";
      // A key value cannot be empty, so "from the start" is the least character.
      const prefix = range.prefix ?? "\u0001";
      const last = `${range.prefix ?? ""}\u{10ffff}`;
      // `begins_with` and `<` cannot stand together in a key condition, so a range does both.
      const [low, high] = range.descending ? [prefix, range.beyond ?? last] : [range.beyond ?? prefix, last];
      const items: Item[] = [];
      let start: QueryCommandOutput["LastEvaluatedKey"];
      do {
        const answer: QueryCommandOutput = await client.send(
          new QueryCommand({
            TableName: tableName,
            ...(range.index === undefined ? {} : { IndexName: range.index }),
            KeyConditionExpression: "pk = :pk AND #sk BETWEEN :low AND :high",
            ExpressionAttributeNames: { "#sk": sortKey },
            ExpressionAttributeValues: encode({ ":pk": range.partition, ":low": low, ":high": high }),
            ScanIndexForward: range.descending !== true,
            ConsistentRead: true,
            // One more tells whether there is more, and one more again makes up for the cursor, which BETWEEN includes.
            Limit: range.limit + 2 - items.length,
            ...(start === undefined ? {} : { ExclusiveStartKey: start }),
          }),
        );
        for (const raw of answer.Items ?? []) {
          const item = unmarshall(raw);
          if (item[sortKey] !== range.beyond) items.push(item);
        }
        start = answer.LastEvaluatedKey;
      } while (start !== undefined && items.length <= range.limit);
      return { items: items.slice(0, range.limit), more: items.length > range.limit };
    },

    /** Does all of it or nothing. A condition that fails is answered; a conflict with another transaction is tried again. */
    async transact(operations: readonly Operation[]): Promise<Transacted> {
      const nowhere = operations.map((operation) => !canStand(keyOf(operation)) && { standing: undefined });
      if (nowhere.some(Boolean)) return { done: false, failed: nowhere };
      const input = { TransactItems: operations.map(part) };
      for (let attempt = 0; ; attempt++) {
        try {
          await client.send(new TransactWriteItemsCommand(input));
          return { done: true };
        } catch (error) {
          if (!(error instanceof TransactionCanceledException)) throw error;
          const reasons = error.CancellationReasons ?? [];
          if (reasons.some((reason) => reason.Code === "ConditionalCheckFailed"))
            return {
              done: false,
              failed: reasons.map(
                (reason) =>
                  reason.Code === "ConditionalCheckFailed" && { standing: reason.Item && unmarshall(reason.Item) },
              ),
            };
          const contended = reasons.some((reason) =>
            ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"].includes(reason.Code ?? ""),
          );
          if (!contended || attempt >= conflictRetries) throw error;
          await backOff(attempt);
        }
      }
    },
  };
}

/** Waits a random while of up to 10 ms, doubling with each attempt to 800 ms at most. */
export const backOff = (attempt: number) =>
  new Promise((resolve) => setTimeout(resolve, Math.random() * Math.min(800, 10 * 2 ** attempt)));
