import type { CallResult, FailureReason, ProviderAnswer, ProviderRequest } from "../../model/channelCall.ts";
import { type JsonRecord, lineOf, recordOf } from "../../model/values/providerValue.ts";
import { parseLosslessJson } from "./losslessJson.ts";

/** Characters of a failure's message. */
const messageLimit = 500;

/** Writes a request with a JSON body. */
export const jsonRequest = (
  url: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): ProviderRequest => ({
  method: "POST",
  url,
  headers: { "content-type": "application/json", ...headers },
  body: JSON.stringify(body),
});

/** Reads the JSON object in an answer; an empty one if there is none. Large integers are the strings of their digits. */
export const answered = ({ body }: ProviderAnswer): JsonRecord => recordOf(parseLosslessJson(Buffer.from(body)));

/** Keeps of what an answer tells of an account the fields that it does tell. */
export const toldFields = (told: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(told).flatMap(([name, value]): [string, string][] => (value === undefined ? [] : [[name, value]])),
  );

/** Tells whether an answer is a success by its status. */
export const isSuccess = ({ status }: Pick<ProviderAnswer, "status">): boolean => status >= 200 && status < 300;

/** Says that the provider took the message, under those of the ids that it told. */
export const accepted = (...externalIds: readonly (string | undefined)[]): CallResult => ({
  kind: "accepted",
  externalIds: externalIds.filter((id) => id !== undefined),
});

/** Says that the provider refuses the message for good. */
export const refusedFor = (reason: FailureReason, message: unknown): Extract<CallResult, { kind: "refused" }> => ({
  kind: "refused",
  failure: { reason, message: messageOf(message) },
});

/** Says that the provider may take the message later, after as many seconds if it says so. */
export const laterBecause = (message: unknown, seconds?: number): Extract<CallResult, { kind: "later" }> => ({
  kind: "later",
  ...(seconds === undefined ? {} : { seconds }),
  failure: { reason: "expired", message: messageOf(message) },
});

const messageOf = (message: unknown): string =>
  lineOf(message, messageLimit) ?? "The provider gave no reason that can be read.";

/**
 * Reads the wait that an answer asks for, in whole seconds: a number of seconds, or a date, which counts from the
 * answer's own. `undefined` if it asks for none.
 * @see https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
 */
export function retryAfter({ headers }: ProviderAnswer): number | undefined {
  const wait = headers["retry-after"]?.trim() ?? "";
  if (/^\d{1,9}$/.test(wait)) return Number(wait);
  const seconds = Math.ceil((Date.parse(wait) - Date.parse(headers.date ?? "")) / 1000);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : undefined;
}

/**
 * Reads an answer by its channel's rules, if it is one of an API. A success without a JSON object, and a redirect, come
 * from a machine on the way, such as a network's log-in page: then nothing is known of the message.
 */
export function readOfApi(answer: ProviderAnswer, read: (answer: ProviderAnswer) => CallResult): CallResult {
  const { status } = answer;
  const isOfMachine = (status >= 300 && status < 400) || (status < 300 && !isObject(answer));
  return isOfMachine ? laterBecause("The answer is not one of the channel's API.") : read(answer);
}

const isObject = ({ body }: ProviderAnswer): boolean => {
  const value = parseLosslessJson(Buffer.from(body));
  return typeof value === "object" && value !== null && !Array.isArray(value);
};

/** Statuses of a provider that may take the same request later. */
const passing: ReadonlySet<number> = new Set([408, 409, 423, 425, 429]);

/**
 * Reads an answer by its status, for what no rule of the channel's covers: 401 are wrong credentials, 403 is not
 * permitted, 404 and 410 reach nobody; of what is the provider's own trouble, it is to be tried later.
 * @param message the provider's words on it
 */
export function resultOfStatus(answer: ProviderAnswer, message?: unknown): CallResult {
  const { status } = answer;
  const words = message ?? `The provider answered with status ${status}.`;
  if (isSuccess(answer)) return accepted();
  if (status >= 500 || passing.has(status)) return laterBecause(words, retryAfter(answer));
  return refusedFor(reasons[status] ?? "refused", words);
}

const reasons: Readonly<Record<number, FailureReason>> = {
  401: "wrongCredentials",
  403: "notPermitted",
  404: "unreachable",
  410: "unreachable",
};
