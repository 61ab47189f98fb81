import { reportFault } from "../start/machineFault.ts";

/** A loop that goes on until it is stopped. */
export interface PacedLoop {
  /** Runs the next round at once, also if one is running; of kicks that come thick and fast, one for several. */
  readonly kick: () => void;
  /** Resolves when a round that began after this call left nothing to do, or the loop is stopped. */
  readonly settle: () => Promise<void>;
  /** Resolves when the running round is over; there is no other. */
  readonly stop: () => Promise<void>;
}

/** What a round found to do; `more` if it left some of it. */
export type Found = "more" | "some" | "nothing";

/** The milliseconds between rounds. */
export interface Pace {
  /** The pause after a round that left nothing to do; it doubles up to the longest while nothing is found. */
  readonly first: number;
  readonly longest: number;
  /** The least time from a round's begin to the next one's, on average of a few rounds. */
  readonly apart: number;
}

/** Milliseconds of the pauses after one failure, which double, and of the longest. */
const pauseAfterFailure = { first: 500, longest: 30_000 };

/** Rounds that may follow each other at once before they are kept apart. */
const atOnce = 3;

/**
 * Runs a round after another for as long as there is more to do, then with pauses that double, so that waiting costs
 * next to nothing. Under a load that kicks all the time, rounds are kept apart and find the more each. A round that
 * throws is reported and made again after longer pauses, which no kick shortens.
 */
export function pacedLoop(
  round: () => Promise<Found>,
  pace: Pace,
  report: (error: unknown) => void = reportFault,
): PacedLoop {
  let kicked = false;
  let stopped = false;
  let begun = 0;
  let settling: readonly { readonly after: number; readonly resolve: () => void }[] = [];
  let wake = () => {};
  let end = () => {};
  const rest = (milliseconds: number, lightly: boolean) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      end = () => {
        clearTimeout(timer);
        resolve();
      };
      wake = lightly ? end : () => {};
    });
  const waitForTurn = turns(pace.apart);
  /** Runs a round until it does not fail. */
  const succeed = async (): Promise<Found> => {
    for (let failing = pauseAfterFailure.first; !stopped; failing = Math.min(failing * 2, pauseAfterFailure.longest)) {
      try {
        return await round();
      } catch (error) {
        report(error);
        if (!stopped) await rest(failing, false);
      }
    }
    return "nothing";
  };
  const settled = (round: number) => {
    for (const { after, resolve } of settling) if (after < round) resolve();
    settling = settling.filter(({ after }) => after >= round);
  };
  const takeTurn = async (): Promise<Found> => {
    const early = waitForTurn();
    if (early > 0) await rest(early, false);
    kicked = false;
    begun++;
    const found = await succeed();
    if (found !== "more") settled(begun);
    return found;
  };
  const run = async () => {
    let idle = pace.first;
    while (!stopped) {
      const found = await takeTurn();
      if (found !== "nothing" || kicked) idle = pace.first;
      if (found === "more" || kicked || stopped) continue;
      await rest(idle, true);
      idle = kicked ? pace.first : Math.min(idle * 2, pace.longest);
    }
    settled(Number.POSITIVE_INFINITY);
  };
  const running = run();
  const kick = () => {
    kicked = true;
    wake();
  };
  return {
    kick,
    settle() {
      if (stopped) return Promise.resolve();
      const found = new Promise<void>((resolve) => {
        settling = [...settling, { after: begun, resolve }];
      });
      kick();
      return found;
    },
    stop() {
      stopped = true;
      end();
      return running;
    },
  };
}

/** Makes a function that takes a turn and answers the milliseconds for which it comes early. */
function turns(apart: number): () => number {
  let due = Number.NEGATIVE_INFINITY;
  return () => {
    const now = performance.now();
    due = Math.max(due, now - atOnce * apart) + apart;
    return due - now;
  };
}
