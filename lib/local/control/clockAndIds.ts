import { AsyncLocalStorage } from "node:async_hooks";
import { createHash } from "node:crypto";
import { setClock } from "../../model/sources/clock.ts";
import { chance, type IdSource, setIdSource } from "../../model/sources/idSource.ts";
import { BadInput, type Fields, optionalText } from "../localAction.ts";

/** The clock and the ids as they are set; the machine's own, and chance, by default. */
export interface ClockAndIds {
  /** The time at which the clock stands. */
  readonly now?: string;
  /** Milliseconds by which it is ahead of the machine's. */
  readonly offsetMs?: number;
  /** The text from which ids and secrets follow, and the number of them that were made. */
  readonly seed?: string;
  readonly made?: number;
}

/** The first milliseconds of a seeded id, of 2020; each is one later, so that they sort by creation. */
const firstTime = Date.UTC(2020, 0, 1);

export type ClockAndIdsControl = ReturnType<typeof clockAndIds>;

/** Sets the clock and the ids of this process. */
export function clockAndIds() {
  let clock: Pick<ClockAndIds, "now" | "offsetMs"> = {};
  let seed: string | undefined;
  let made = 0;

  const applyClock = () => {
    const { now, offsetMs } = clock;
    if (now !== undefined) setClock(() => new Date(now));
    else if (offsetMs !== undefined) setClock((machineTime) => new Date(machineTime.getTime() + offsetMs));
    else setClock();
  };
  const scope = new AsyncLocalStorage<IdSource>();
  let source = chance;
  const current = () => scope.getStore() ?? source;
  setIdSource({
    id: (now) => current().id(now),
    secret: () => current().secret(),
    hex: (bytes) => current().hex(bytes),
  });
  const applyIds = () => {
    source = seed === undefined ? chance : seededIds(seed, () => made++);
  };
  const state = (): ClockAndIds => ({ ...clock, ...(seed === undefined ? {} : { seed, made }) });
  return {
    state,
    /** Sets both as they were; the machine's clock and chance without anything. */
    restore(before: ClockAndIds = {}): void {
      const { now, offsetMs, seed: seedBefore, made: madeBefore = 0 } = before;
      clock = { ...(now === undefined ? {} : { now }), ...(offsetMs === undefined ? {} : { offsetMs }) };
      [seed, made] = [seedBefore, madeBefore];
      applyClock();
      applyIds();
    },
    /** Does a work whose ids and secrets come from a source of its own. */
    within: <Result>(own: IdSource, work: () => Promise<Result>): Promise<Result> => scope.run(own, work),
    /** Sets the clock: at `now` it stands, with `offsetMs` it runs ahead or behind, else it is the machine's. */
    clock(fields: Fields): ClockAndIds {
      clock = readClock(fields);
      applyClock();
      return state();
    },
    /** Lets ids and secrets follow from a `seed`, always the same; without it or with `null` from chance. */
    ids(fields: Fields): ClockAndIds {
      seed = fields.seed === null ? undefined : optionalText(fields, "seed");
      made = 0;
      applyIds();
      return state();
    },
  };
}

function readClock({ now, offsetMs }: Fields): Pick<ClockAndIds, "now" | "offsetMs"> {
  if (now !== undefined && now !== null) {
    const time = typeof now === "string" || typeof now === "number" ? new Date(now) : undefined;
    // Ids begin with the time, for which they have eleven hexadecimal digits: until the year 2527.
    if (!time || !(time.getTime() >= 0 && time.getTime() < Date.UTC(2500, 0)))
      throw new BadInput("The field now has to be a time such as 2030-01-31T12:00:00.000Z, from 1970 to 2499.");
    return { now: time.toISOString() };
  }
  if (offsetMs === undefined || offsetMs === null) return {};
  if (typeof offsetMs !== "number" || !Number.isSafeInteger(offsetMs) || Math.abs(offsetMs) > 3_200_000_000_000)
    throw new BadInput("The field offsetMs has to be a whole number of milliseconds, within a hundred years.");
  return { offsetMs };
}

/** Gives the first id and the first secret that are made as they are fixed; a fixed secret is the whole one. */
export function fixedIds(fixed: { readonly id?: string; readonly secret?: string }, others: IdSource): IdSource {
  let { id, secret } = fixed;
  return {
    ...others,
    id: (now) => {
      const made = id ?? others.id(now);
      id = undefined;
      return made;
    },
    secret: () => {
      if (fixed.secret === undefined) return others.secret();
      const made = secret ?? "";
      secret = undefined;
      return made;
    },
  };
}

/** Makes ids and secrets that follow from a text and their number. */
export function seededIds(seed: string, count: () => number): IdSource {
  const digits = (number: number) =>
    createHash("sha512")
      .update(JSON.stringify([seed, number]))
      .digest();
  return {
    id: () => {
      const number = count();
      return (firstTime + number).toString(16).padStart(11, "0") + digits(number).toString("hex").slice(0, 13);
    },
    secret: () => digits(count()).subarray(0, 32).toString("base64url"),
    hex: (bytes) => digits(count()).subarray(0, bytes).toString("hex"),
  };
}
