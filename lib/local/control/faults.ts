import { STATUS_CODES, validateHeaderName, validateHeaderValue } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { asFromGateway, ownAnswer, type WireRequest, type WireResponse } from "../gateway.ts";
import { BadInput, type Fields, numberOf, textsOf } from "../localAction.ts";
import { agrees, type MatchedRequest, type RequestMatch, readMatch } from "./requestMatch.ts";

/** What goes wrong with requests of the API. */
export interface Fault {
  readonly id: number;
  readonly match: RequestMatch;
  /** The number of requests that are left for it; without it, all until it is deleted. */
  readonly times?: number | undefined;
  /** Milliseconds that the answer takes longer. */
  readonly latencyMs: number;
  /** The status of the answer, which the API does not give then. */
  readonly status?: number | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** Breaks the connection instead of an answer. */
  readonly reset: boolean;
  /** Whether the API does the work nevertheless, and only its answer is lost. */
  readonly afterwards: boolean;
}

export type Faults = ReturnType<typeof faultStore>;

const known = ["match", "times", "latencyMs", "status", "headers", "body", "reset", "afterwards"];

/** Keeps the faults, of which the first that is for a request befalls it. */
export function faultStore() {
  let faults: readonly Fault[] = [];
  let count = 0;
  return {
    list: () => faults,
    add(fields: Fields): Fault {
      const fault = { id: ++count, ...readFault(fields) };
      faults = [...faults, fault];
      return fault;
    },
    clear(): void {
      faults = [];
    },
    /** Takes the first fault that is for a request. */
    take(request: MatchedRequest): Fault | undefined {
      const found = faults.find(({ match }) => agrees(match, request));
      if (found?.times === undefined) return found;
      const left = found.times - 1;
      faults = faults.flatMap((fault) => {
        if (fault !== found) return [fault];
        return left > 0 ? [{ ...fault, times: left }] : [];
      });
      return found;
    },
  };
}

/** Reads a fault. @throws BadInput that names a field */
function readFault(fields: Fields): Omit<Fault, "id"> {
  const unknown = Object.keys(fields).find((name) => !known.includes(name));
  if (unknown !== undefined) throw new BadInput(`A fault has no field ${unknown}, only ${known.join(", ")}.`);
  const { match = {}, body } = fields;
  if (typeof match !== "object" || match === null) throw new BadInput("The field match has to be an object.");
  const status = numberOf(fields, "status", { most: 599 });
  if (status !== undefined && (status < 200 || STATUS_CODES[status] === undefined))
    throw new BadInput("The field status has to be that of an answer.");
  const [reset, afterwards] = [flagOf(fields, "reset"), flagOf(fields, "afterwards")];
  const latencyMs = numberOf(fields, "latencyMs", { most: 600_000 }) ?? 0;
  if (status === undefined && !reset && latencyMs === 0)
    throw new BadInput("A fault needs a status, a latencyMs or a reset.");
  const times = numberOf(fields, "times", { most: 1_000_000 });
  if (times === 0) throw new BadInput("The field times has to be 1 or more.");
  return {
    ...{ match: readMatch({ ...match }), times, latencyMs, status, reset, afterwards },
    headers: fields.headers === undefined ? {} : validHeaders(textsOf(fields, "headers")),
    body: body === undefined || typeof body === "string" ? body : JSON.stringify(body),
  };
}

function flagOf(fields: Fields, name: string): boolean {
  const { [name]: value = false } = fields;
  if (typeof value !== "boolean") throw new BadInput(`The field ${name} has to be true or false.`);
  return value;
}

function validHeaders(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  for (const [name, value] of Object.entries(headers)) {
    try {
      validateHeaderName(name);
      validateHeaderValue(name, value);
    } catch {
      throw new BadInput(`The header ${name} cannot be sent.`);
    }
  }
  return headers;
}

/** Answers a request that a fault befalls; `undefined` where the connection breaks. */
export async function answerWithFault(
  fault: Fault,
  request: WireRequest,
  answer: () => Promise<WireResponse | undefined>,
): Promise<WireResponse | undefined> {
  if (fault.latencyMs > 0) await pause(fault.latencyMs, undefined, { ref: false });
  const given = fault.afterwards || (fault.status === undefined && !fault.reset) ? await answer() : undefined;
  if (fault.reset) return undefined;
  return fault.status === undefined ? given : asFromGateway(faultAnswer(fault, fault.status), request);
}

/** Makes the answer of a fault: as the gateway itself answers, but for what the fault says. */
function faultAnswer({ headers, body }: Fault, status: number): WireResponse {
  const own = ownAnswer(status, STATUS_CODES[status] ?? "");
  const given = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  const kept = own.headers.filter(([name]) => !given.some(([other]) => other === name));
  return { status, headers: [...kept, ...given], body: body === undefined ? own.body : Buffer.from(body) };
}
