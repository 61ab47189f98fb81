import type { WireRequest, WireResponse } from "./gateway.ts";
import type { Page } from "./server.ts";

/** The fields of an action's body. */
export type Fields = Readonly<Record<string, unknown>>;

/** A fault of the caller's, explained to it by a 400. */
export class BadInput extends Error {}

/** Makes an answer in JSON for this machine alone: without any CORS header, and kept by no cache. */
export function json(status: number, value: object): WireResponse {
  const headers = [
    ["content-type", "application/json"],
    ["cross-origin-resource-policy", "same-origin"],
    ["cache-control", "no-store"],
    ["x-content-type-options", "nosniff"],
  ] as const;
  return { status, headers, body: Buffer.from(JSON.stringify(value)) };
}

/** Makes an action of the local server: done only for who is allowed, with the fields of the body, answered in JSON. */
export function localAction(
  isAllowed: (request: WireRequest) => boolean,
  perform: (request: WireRequest, fields: Fields) => object | Promise<object>,
): Page {
  return async (request) => {
    if (!isAllowed(request)) return json(403, { message: "Only the page of this server may ask for this." });
    const fields = request.method === "POST" ? readBody(request.body) : queryFields(request);
    return answerOf(fields, (given) => perform(request, given));
  };
}

/** Answers in JSON what comes of fields; `undefined` are those of a body that is no object. */
export async function answerOf(
  fields: Fields | undefined,
  perform: (fields: Fields) => object | Promise<object>,
): Promise<WireResponse> {
  if (!fields) return json(400, { message: "The body has to be a JSON object." });
  try {
    return json(200, await perform(fields));
  } catch (error) {
    if (error instanceof BadInput) return json(400, { message: error.message });
    console.error(error);
    return json(500, { message: error instanceof Error ? error.message : "It failed." });
  }
}

/** Reads a field that has to be a text. @throws BadInput if it is none */
export function textOf(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value !== "string" || value === "") throw new BadInput(`The field ${name} has to be a text.`);
  return value;
}

/** Reads a field that may be left out. @throws BadInput if it is there and no text */
export const optionalText = (fields: Fields, name: string): string | undefined =>
  fields[name] === undefined ? undefined : textOf(fields, name);

/**
 * Reads a field that may be left out, and is a whole number from 0 in JSON or in a query.
 * @throws BadInput if it is another value
 */
export function numberOf(fields: Fields, name: string, { most }: { readonly most: number }): number | undefined {
  const value = fields[name];
  if (value === undefined) return undefined;
  const number = typeof value === "string" && /^\d{1,16}$/.test(value) ? Number(value) : value;
  if (typeof number !== "number" || !Number.isInteger(number) || number < 0 || number > most)
    throw new BadInput(`The field ${name} has to be a whole number from 0 to ${most}.`);
  return number;
}

/** Reads a field that has to be an object of texts. @throws BadInput if it is none */
export function textsOf(fields: Fields, name: string): Readonly<Record<string, string>> {
  const value = fields[name];
  const isTexts = (given: unknown): given is Readonly<Record<string, string>> =>
    typeof given === "object" &&
    given !== null &&
    !Array.isArray(given) &&
    Object.values(given).every((one) => typeof one === "string");
  if (!isTexts(value)) throw new BadInput(`The field ${name} has to be an object of texts.`);
  return value;
}

/** Reads the fields of a body, or of a query where there is none; `undefined` if the body is no JSON object. */
export const readFields = (request: WireRequest): Fields | undefined =>
  request.body?.length ? readBody(request.body) : queryFields(request);

function readBody(body: Buffer | undefined): Fields | undefined {
  try {
    const value: unknown = JSON.parse(String(body));
    // An object has fields of unknown values.
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
  } catch {
    return undefined;
  }
}

const queryFields = ({ target, port }: WireRequest): Fields =>
  Object.fromEntries(new URL(target, `http://localhost:${port}`).searchParams);
