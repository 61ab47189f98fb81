import { createHash } from "node:crypto";
import type { Credentials } from "../../model/channel.ts";
import type { ProviderAnswer, ProviderRequest } from "../../model/channelCall.ts";
import { randomHex } from "../../model/sources/idSource.ts";
import { type JsonRecord, recordOf } from "../../model/values/providerValue.ts";
import { MissingSecret, type SamplePayload } from "../contract.ts";
import { parseLosslessJson } from "./losslessJson.ts";

/** Helpers of several channels' samples. */

export const jsonHeaders = { "content-type": "application/json" } as const;
export const formHeaders = { "content-type": "application/x-www-form-urlencoded; charset=utf-8" } as const;

/** Makes a secret as a provider would give one. */
export const randomSecret = (): string => randomHex(16);

/** Reads a time as seconds since 1970. */
export const secondsOf = (date: Date): number => Math.floor(date.getTime() / 1000);

/** Reads the digits of an id that is a number with a sign or without, or derives eleven digits from it. */
export function digitsOf(id: string): string {
  const digits = id.match(/^\+?([1-9]\d*)$/)?.[1];
  const hash = createHash("sha256").update(id).digest("hex");
  return digits ?? `1${(Number.parseInt(hash.slice(0, 12), 16) % 1e10).toString().padStart(10, "0")}`;
}

/** Reads the last fifteen digits of an id, which a JSON number holds exactly. */
export const integerOf = (id: string): number => Number(digitsOf(id).slice(-15));

/** Writes a payload as JSON. */
export const jsonOf = (payload: SamplePayload): string =>
  typeof payload === "string" ? payload : JSON.stringify(payload);

/** Writes a provider's answer in JSON. */
export const jsonAnswer = (status: number, value: unknown): ProviderAnswer => ({
  status,
  headers: { "content-type": "application/json" },
  body: typeof value === "string" ? value : JSON.stringify(value),
});

/** Reads the JSON object that a request says; an empty one if there is none. */
export const jsonBodyOf = ({ body = "" }: ProviderRequest): JsonRecord =>
  recordOf(parseLosslessJson(Buffer.from(body)));

/** Writes a payload as the fields of a form. */
export function formOf(payload: SamplePayload): URLSearchParams {
  if (typeof payload === "string") return new URLSearchParams(payload);
  return new URLSearchParams(Object.entries(payload).map(([name, value]): [string, string] => [name, String(value)]));
}

/** Reads a secret that a signature needs. @throws MissingSecret that names it */
export function requiredSecret(credentials: Credentials, name: string): string {
  const value = credentials[name];
  if (typeof value === "string" && value !== "") return value;
  throw new MissingSecret(`The integration has no ${name} to sign a sample with.`);
}
