import { expect, test } from "vitest";
import { isPermanentFault } from "../../lib/db/permanentFault.ts";
import { apiError } from "../../lib/model/apiError.ts";

const named = (name: string, more: object = {}) => Object.assign(new Error("message"), { name }, more);
const cancelled = (...codes: readonly (string | undefined)[]) =>
  named("TransactionCanceledException", { CancellationReasons: codes.map((Code) => ({ Code })) });

test.each([
  ["an item that DynamoDB refuses", named("ValidationException")],
  ["a partition that is full", named("ItemCollectionSizeLimitExceededException")],
  ["a transaction with such an item", cancelled("None", "ValidationError")],
  ["our own rules", apiError.badRequest("message")],
  ["our own code", new TypeError("message")],
  ["our own code", new RangeError("message")],
  ["our own code", new SyntaxError("message")],
])("a fault of %s stays", (_, error) => {
  expect(isPermanentFault(error)).toBe(true);
});

test.each([
  ["a store that is busy", named("ProvisionedThroughputExceededException")],
  ["a store out of reach", named("TimeoutError")],
  // What Node says of a connection is a TypeError at times, with a code.
  ["a connection", Object.assign(new TypeError("message"), { code: "ERR_INVALID_URL" })],
  ["a transaction with a conflict", cancelled("None", "TransactionConflict", undefined)],
  ["a transaction without reasons", named("TransactionCanceledException", { CancellationReasons: undefined })],
  ["a transaction with an empty reason", named("TransactionCanceledException", { CancellationReasons: [null] })],
  ["what is no error", { name: "ValidationException" }],
  ["nothing", undefined],
])("a fault of %s may pass", (_, error) => {
  expect(isPermanentFault(error)).toBe(false);
});
