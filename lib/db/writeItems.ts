import {
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  PutItemCommand,
  TransactionConflictException,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { type Db, encodeItem, type Item } from "./db.ts";
import { decodeItem } from "./decodeItem.ts";
import { type Changes, type Condition, writeExpressions } from "./expression.ts";
import type { Key } from "./keys.ts";
import { backOff, conflict, retryOnConflict } from "./retryOnConflict.ts";

/** The result of a conditional write: done, or the existing item, which did not meet the condition. */
export type Written = { readonly done: true } | { readonly done: false; readonly existing: Item | undefined };

/** Writes the parameters that every write has, alone or in a transaction. */
const write = (tableName: string, condition: Condition | undefined, changes?: Changes) => ({
  TableName: tableName,
  ReturnValuesOnConditionCheckFailure: "ALL_OLD" as const,
  ...writeExpressions(condition, changes),
});
export const putInput = (tableName: string, item: Item, condition?: Condition) => ({
  ...write(tableName, condition),
  Item: encodeItem(item),
});
export const updateInput = (tableName: string, key: Key, changes: Changes, condition?: Condition) => ({
  ...write(tableName, condition, changes),
  Key: encodeItem({ pk: key.pk, sk: key.sk }),
});
export const deleteInput = (tableName: string, key: Key, condition?: Condition) => ({
  ...write(tableName, condition),
  Key: encodeItem({ pk: key.pk, sk: key.sk }),
});

/**
 * Sends a write, again while a transaction of another request holds the item, and answers the item that failed the
 * condition.
 */
const conditional = (send: () => Promise<unknown>): Promise<Written> =>
  retryOnConflict(async () => {
    try {
      await send();
      return { done: true };
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException)
        return { done: false, existing: error.Item && decodeItem(error.Item) };
      if (error instanceof TransactionConflictException) return conflict;
      throw error;
    }
  });

/** Puts one item. */
export const putItem = ({ client, tableName }: Db, item: Item, condition?: Condition): Promise<Written> =>
  conditional(() => client.send(new PutItemCommand(putInput(tableName, item, condition))));

/** Changes parts of one item. */
export const updateItem = (
  { client, tableName }: Db,
  key: Key,
  changes: Changes,
  condition?: Condition,
): Promise<Written> =>
  conditional(() => client.send(new UpdateItemCommand(updateInput(tableName, key, changes, condition))));

/** Deletes one item. */
export const deleteItem = ({ client, tableName }: Db, key: Key, condition?: Condition): Promise<Written> =>
  conditional(() => client.send(new DeleteItemCommand(deleteInput(tableName, key, condition))));

/** Number of items that BatchWriteItem takes. */
const batchSize = 25;

/** Deletes items without condition, many at once: for items that no request can find any more. */
export async function deleteItems({ client, tableName }: Db, keys: readonly Key[]): Promise<void> {
  const batches = Array.from({ length: Math.ceil(keys.length / batchSize) }, (_, index) =>
    keys.slice(index * batchSize, (index + 1) * batchSize),
  );
  const worker = async () => {
    for (let batch = batches.pop(); batch; batch = batches.pop()) {
      let open = batch.map((key) => ({ DeleteRequest: { Key: encodeItem({ pk: key.pk, sk: key.sk }) } }));
      for (let attempt = 0; open.length > 0; attempt++) {
        if (attempt > 0) await backOff(attempt);
        const answer = await client.send(new BatchWriteItemCommand({ RequestItems: { [tableName]: open } }));
        open = (answer.UnprocessedItems?.[tableName] ?? []) as typeof open;
      }
    }
  };
  await Promise.all(Array.from({ length: 4 }, worker));
}
