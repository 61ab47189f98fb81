import type { CallResult, DeliveryFailure, FailureReason, ProviderAnswer } from "../../model/channelCall.ts";
import { lineOf } from "../../model/values/providerValue.ts";
import { laterBecause, refusedFor, retryAfter } from "../kit/providerAnswer.ts";

/**
 * The reasons behind Twilio's codes, of answers and of reports alike. Twilio adds codes without notice: any other one is
 * a message that was refused. https://www.twilio.com/docs/api/errors
 */
const reasons: ReadonlyMap<number, FailureReason> = new Map([
  ...codes("wrongCredentials", [20003, 20008, 20404]),
  ...codes("unreachable", [21211, 21214, 21217, 21265, 21614, 21635, 30003, 30005, 30006, 63003, 63024]),
  // The person's wish, or what the account, its number or the network does not allow.
  ...codes("notPermitted", [20005, 20403, 21212, 21219, 21408, 21601, 21603, 21606, 21608, 21610, 21612, 21659, 21660]),
  ...codes("notPermitted", [21661, 21701, 21703, 21704, 21705, 21910, 30002, 30004, 30007, 30018, 30024, 30032, 30034]),
  ...codes("notPermitted", [63007, 63013, 63015, 63020, 63032, 63033, 63049, 63051, 63058, 90010]),
  // https://www.twilio.com/docs/api/errors/63016
  ...codes("windowClosed", [63016]),
  ...codes("expired", [30001, 30036]),
]);

/** The codes of what passes: too many requests or messages, and Twilio's own troubles. */
const passing: ReadonlySet<number> = new Set([14107, 20429, 20500, 20503, 20504, 21611, 30022, 63018, 63038]);

function codes(reason: FailureReason, list: readonly number[]): readonly (readonly [number, FailureReason])[] {
  return list.map((code) => [code, reason] as const);
}

/** Reads what an answer's code means: `resultOfStatus` has no say, since Twilio answers most refusals with 400. */
export function resultOfCode(code: number, message: unknown, answer: ProviderAnswer): CallResult {
  const { reason, message: words } = failureOfCode(code, message);
  if (answer.status >= 500 || answer.status === 429 || passing.has(code))
    return laterBecause(words, retryAfter(answer));
  return refusedFor(reason, words);
}

/** Reads why a message that Twilio took did not reach the person. */
export function failureOfCode(code: number, message: unknown): DeliveryFailure {
  const words = lineOf(message, 440) ?? "Twilio did not deliver the message.";
  return {
    reason: reasons.get(code) ?? "refused",
    message: `${words}${code >= 1 ? ` (Twilio's code ${code})` : ""}`,
  };
}
