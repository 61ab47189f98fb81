import {
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from "@aws-sdk/client-dynamodb";
import type { Db, Item } from "./db.ts";
import { decodeItem } from "./decodeItem.ts";
import type { Changes, Condition } from "./expression.ts";
import { fitsTable, type Key } from "./keys.ts";
import { conflict, retryOnConflict } from "./retryOnConflict.ts";
import { deleteInput, putInput, updateInput } from "./writeItems.ts";

/** A write of one item: put whole, changed in parts, or deleted. */
export type Operation =
  | { readonly put: Item; readonly condition?: Condition }
  | ({ readonly update: Key; readonly condition?: Condition } & Changes)
  | { readonly delete: Key; readonly condition?: Condition };

/** A transaction's operations by name; a name may hold several of them, or none. */
export type Operations = Readonly<Record<string, Operation | readonly Operation[] | undefined>>;

/** A failed condition of an operation: the existing item, or `undefined` if there is none. */
export interface Failure {
  readonly existing: Item | undefined;
}

/**
 * The result of a transaction: done, or nothing of it, with the failed conditions, by the names of their operations. A
 * name of several operations has a list in their order, with `undefined` for each that did not fail.
 */
export type Transacted<O extends Operations> =
  | { readonly done: true }
  | { readonly done: false; readonly failed: { readonly [Name in keyof O]?: FailureOf<NonNullable<O[Name]>> } };

type FailureOf<T> = T extends readonly Operation[] ? readonly (Failure | undefined)[] : Failure;

/** Number of operations that a transaction can hold. Source: the DynamoDB guide, "Quotas". */
export const transactionLimit = 100;

/** Cancellation reasons that are tried again. Source: the DynamoDB API reference, TransactWriteItems. */
const passing = new Set(["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"]);

/**
 * Does all operations or none. Answers failed conditions by name; tries again after a conflict with another
 * transaction.
 * @throws ConflictError when other transactions were in the way each time
 */
export async function transact<O extends Operations>({ client, tableName }: Db, operations: O): Promise<Transacted<O>> {
  const flat = Object.values(operations).flatMap((operation): readonly Operation[] => [operation ?? []].flat());
  const failuresOf = (failures: readonly (Failure | undefined)[]): Transacted<O> => {
    let place = 0;
    const failed: Record<string, Failure | readonly (Failure | undefined)[]> = {};
    for (const [name, operation] of Object.entries(operations)) {
      if (operation === undefined) continue;
      const own = failures.slice(place, place + [operation].flat().length);
      place += own.length;
      const [first] = own;
      if (Array.isArray(operation) && own.some((failure) => failure !== undefined)) failed[name] = own;
      else if (first !== undefined) failed[name] = first;
    }
    // The failures under each name have the shape of the operations under that name.
    return { done: false, failed } as Transacted<O>;
  };
  // A key that is too long for the table has no item, so its condition counts as failed.
  if (!flat.every((operation) => fitsTable(keyOf(operation))))
    return failuresOf(flat.map((operation) => (fitsTable(keyOf(operation)) ? undefined : { existing: undefined })));
  const input = { TransactItems: flat.map((operation) => inputOf(tableName, operation)) };
  return retryOnConflict(async () => {
    try {
      await client.send(new TransactWriteItemsCommand(input));
      return { done: true };
    } catch (error) {
      if (!(error instanceof TransactionCanceledException)) throw error;
      const reasons = error.CancellationReasons ?? [];
      if (reasons.some((reason) => reason.Code === "ConditionalCheckFailed"))
        return failuresOf(
          reasons.map((reason) =>
            reason.Code === "ConditionalCheckFailed" ? { existing: reason.Item && decodeItem(reason.Item) } : undefined,
          ),
        );
      if (reasons.some((reason) => passing.has(reason.Code ?? ""))) return conflict;
      throw error;
    }
  });
}

const keyOf = (operation: Operation): Key => {
  if ("put" in operation) return { pk: operation.put.pk, sk: operation.put.sk };
  return "update" in operation ? operation.update : operation.delete;
};

function inputOf(tableName: string, operation: Operation): TransactWriteItem {
  const { condition } = operation;
  if ("put" in operation) return { Put: putInput(tableName, operation.put, condition) };
  // The type allows an update without an expression, which DynamoDB refuses; none is ever made.
  if ("update" in operation)
    return { Update: updateInput(tableName, operation.update, operation, condition) as TransactWriteItem["Update"] };
  return { Delete: deleteInput(tableName, operation.delete, condition) };
}
