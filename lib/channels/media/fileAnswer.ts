import type { CallResult, ProviderAnswer } from "../../model/channelCall.ts";
import { refusedFor, resultOfStatus } from "../kit/providerAnswer.ts";

/** Why there is no file, for good or for now. */
export type NoFile = Exclude<CallResult, { readonly kind: "accepted" }>;

/**
 * Reads an answer that should have led to a file, by its status.
 * @param message the provider's words on it
 */
export function resultOfFile(answer: ProviderAnswer, message?: unknown): NoFile {
  const result = resultOfStatus(answer, message);
  return result.kind === "accepted" ? refusedFor("refused", "The provider answered without the file.") : result;
}
