import { Refusal } from "../domain/refusal.ts";

/**
 * Whether an error will be the same however often the call is repeated: DynamoDB refuses the item itself, or our own
 * code refuses it or cannot handle it. Everything else (throttling, time-outs, a store out of reach) may pass.
 */
export function isPermanentFault(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof Refusal) return true;
  if (error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError)
    return !("code" in error);
  const reasons: unknown = "CancellationReasons" in error ? error.CancellationReasons : [];
  const refused = Array.isArray(reasons) && reasons.some((reason) => reason?.Code === "ValidationError");
  return refused || ["ValidationException", "ItemCollectionSizeLimitExceededException"].includes(error.name);
}
