import { ApiError } from "../model/apiError.ts";

/**
 * Tells whether an error will recur however often the call is repeated: DynamoDB refuses the item itself, or our own
 * code refuses it or cannot handle it. Everything else (throttling, time-outs, an unreachable table) may pass.
 */
export function isPermanentFault(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof ApiError) return true;
  if (error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError)
    return !("code" in error);
  const reasons: unknown = "CancellationReasons" in error ? error.CancellationReasons : [];
  const refused = Array.isArray(reasons) && reasons.some((reason) => reason?.Code === "ValidationError");
  return refused || ["ValidationException", "ItemCollectionSizeLimitExceededException"].includes(error.name);
}
