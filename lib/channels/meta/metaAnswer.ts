import type { CallResult, DeliveryFailure, FailureReason, ProviderAnswer } from "../../model/channelCall.ts";
import { idOf, type JsonRecord, listOf, numberOf, recordOf } from "../../model/values/providerValue.ts";
import {
  accepted,
  answered,
  isSuccess,
  laterBecause,
  refusedFor,
  resultOfStatus,
  retryAfter,
} from "../kit/providerAnswer.ts";

/** The meaning of an error's code. */
type Meaning = FailureReason | "later";

/** Codes of errors, or of errors with a subcode (`10/2018278`), by their meaning. */
export type MetaErrors = Readonly<Partial<Record<Meaning, readonly string[]>>>;

/**
 * The errors of the Graph API, of Messenger and Instagram, and of WhatsApp, which share no code with two meanings.
 * https://developers.facebook.com/docs/graph-api/guides/error-handling
 * https://developers.facebook.com/docs/messenger-platform/error-codes
 * https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes
 */
const common: MetaErrors = {
  // Temporary trouble; limits of the app, the page, the account, the number, and of one sender and one person.
  later: [
    ...["2", "4", "17", "32", "341", "613", "1200", "80002", "80006", "80007"],
    ...["130429", "131000", "131016", "131048", "131056", "131057"],
  ],
  wrongCredentials: ["0", "33", "102", "190", "463", "467"],
  notPermitted: [
    ...["3", "10", "230", "368", "130472", "130497", "131005", "131030", "131031", "131037", "131042", "131045"],
    ...["131049", "131050", "133010", "2018022"],
  ],
  // Meta says "outside of the allowed window" a day after the person's last message; for a human's answer, after seven.
  windowClosed: ["10/2018278", "10/2018065", "10/2534022", "100/2534022", "131047", "470"],
  unreachable: [
    ...["551", "10/2018108", "100/2018001", "100/2018005", "100/2534014", "100/2534013", "200/1545041", "200/2018028"],
    ...["131021", "131026"],
  ],
  refused: ["2/2018344", "132001", "132015", "132016"],
};

/** Characters of a token in Meta's words about it. */
const tokens = /\b(?:EAA|IG)[\w-]{16,}/g;

/**
 * Reads an answer of the Graph API: the ids of the messages that it took, or what its error means.
 * @param own the meanings that codes have on this channel alone
 */
export function readGraphAnswer(answer: ProviderAnswer, own: MetaErrors = {}): CallResult {
  const body = answered(answer);
  if (isSuccess(answer))
    return accepted(...[body.message_id, ...listOf(body.messages).map((one) => recordOf(one).id)].map(idOf));
  const error = recordOf(body.error);
  const words = wordsOf(error);
  const meaning = meaningOf(error, own);
  if (meaning === "later") return laterBecause(words, waitOf(answer, error));
  return meaning === undefined ? resultOfStatus(answer, words) : refusedFor(meaning, words);
}

/** Reads the error of a message that Meta took, and then could not bring to the person. */
export function failureOfReport(error: JsonRecord): DeliveryFailure {
  const meaning = meaningOf(error, {});
  return refusedFor(meaning === undefined || meaning === "later" ? "refused" : meaning, wordsOf(error)).failure;
}

function meaningOf(error: JsonRecord, own: MetaErrors): Meaning | undefined {
  const code = idOf(error.code);
  if (code === undefined) return undefined;
  if (code === "10" && /outside.{0,10}allowed window/i.test(String(error.message))) return "windowClosed";
  const names = [`${code}/${idOf(error.error_subcode)}`, code];
  for (const name of names) {
    const found = nameIn(own, name) ?? nameIn(common, name);
    if (found !== undefined) return found;
  }
  // 200 to 299 are all one: the permission was not granted, or taken away.
  if (/^2\d\d$/.test(code)) return "notPermitted";
  return error.is_transient === true ? "later" : undefined;
}

const nameIn = (errors: MetaErrors, name: string): Meaning | undefined =>
  // A cast because `Object.entries` forgets the names of the keys.
  (Object.entries(errors) as readonly [Meaning, readonly string[]][]).find(([, codes]) => codes.includes(name))?.[0];

/** Picks the words that say most, without a token that may stand in them. */
function wordsOf(error: JsonRecord): string | undefined {
  const { details } = recordOf(error.error_data);
  const words = [details, error.error_user_msg, error.message, error.title].find(
    (one): one is string => typeof one === "string" && one.trim() !== "",
  );
  return words?.replace(tokens, "…");
}

/** One person gets a message in six seconds. https://developers.facebook.com/documentation/business-messaging/whatsapp/throughput */
const pairRate = 6;

/**
 * Reads how long to wait, in seconds. Meta tells it in minutes, beside what was used.
 * https://developers.facebook.com/docs/graph-api/overview/rate-limiting#headers-2
 */
function waitOf(answer: ProviderAnswer, error: JsonRecord): number | undefined {
  const usage = answered({ ...answer, body: answer.headers["x-business-use-case-usage"] ?? "" });
  const minutes = Object.values(usage)
    .flatMap(listOf)
    .map((one) => numberOf(recordOf(one).estimated_time_to_regain_access) ?? 0);
  const told = Math.max(0, ...minutes) * 60;
  const waits = [retryAfter(answer) ?? 0, told, idOf(error.code) === "131056" ? pairRate : 0];
  return Math.ceil(Math.max(...waits)) || undefined;
}
