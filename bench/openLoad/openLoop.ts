/** The time that a load is driven by, in milliseconds. */
export interface Clock {
  readonly now: () => number;
  /** Resolves when it is that time. */
  readonly until: (time: number) => Promise<void>;
}

/** A request of a load: its kind, what came of it, and the milliseconds from its intended start to its end. */
export interface Sample {
  readonly name: string;
  /** The status, or the reason why there was none. */
  readonly outcome: string;
  readonly isExpected: boolean;
  readonly milliseconds: number;
}

export type Outcome = Pick<Sample, "name" | "outcome" | "isExpected">;

/** A load at a fixed rate of arrivals. */
export interface Arrivals {
  readonly perSecond: number;
  readonly seconds: number;
  /** The number of requests under way beyond which another one is not sent, and counts as failed. */
  readonly mostAtOnce: number;
  readonly clock: Clock;
  /** Ends the load before its time. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Sends requests at fixed times, whether or not earlier ones are answered, as people do: a server that stands still for
 * a second delays all that were due in it, and each counts from the time it was due. Who waits for an answer before the
 * next request sees but one slow request there ("coordinated omission").
 * @param send sends the request of this number; never rejects
 */
export async function openLoop(
  { perSecond, seconds, mostAtOnce, clock, signal }: Arrivals,
  send: (index: number) => Promise<Outcome>,
): Promise<readonly Sample[]> {
  const samples: Sample[] = [];
  const underWay = new Set<Promise<void>>();
  const start = clock.now();
  for (let index = 0; index < Math.round(perSecond * seconds) && !signal?.aborted; index++) {
    const due = start + (index * 1_000) / perSecond;
    await clock.until(due);
    if (underWay.size >= mostAtOnce) {
      samples.push({ name: "not sent", outcome: "too many under way", isExpected: false, milliseconds: Number.NaN });
      continue;
    }
    const sent: Promise<void> = send(index).then((outcome) => {
      samples.push({ ...outcome, milliseconds: clock.now() - due });
      underWay.delete(sent);
    });
    underWay.add(sent);
  }
  await Promise.all(underWay);
  return samples;
}

/** The machine's clock. A timer ends up to a millisecond early; who is late still lets answers be read between sends. */
export const machineClock: Clock = {
  now: () => performance.now(),
  until: async (time) => {
    const wait = time - performance.now();
    await new Promise<void>((resolve) => (wait > 1 ? setTimeout(resolve, wait) : setImmediate(resolve)));
  },
};
