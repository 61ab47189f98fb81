/** A loop that goes on until it is stopped. */
export interface PacedLoop {
  /** Runs the next round at once, also if one is running. */
  readonly kick: () => void;
  /** Resolves when a round that began after this call has found nothing to do, or the loop is stopped. */
  readonly settle: () => Promise<void>;
  /** Resolves when the running round is over; there is no other. */
  readonly stop: () => Promise<void>;
}

/** Milliseconds of the pauses after one failure, which double, and of the longest. */
const pauseAfterFailure = { first: 500, longest: 30_000 };

/**
 * Runs a round after another for as long as there is something to do, then with pauses that double, so that waiting
 * costs next to nothing. A round that throws is reported and made again after longer pauses, which no kick shortens.
 * @param round answers whether there was something to do
 * @param pause milliseconds of the first and the longest pause
 */
export function pacedLoop(
  round: () => Promise<boolean>,
  pause: { readonly first: number; readonly longest: number },
  report: (error: unknown) => void = console.error,
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
  /** Runs a round until it does not fail; answers whether there was something to do. */
  const succeed = async (): Promise<boolean> => {
    for (let failing = pauseAfterFailure.first; !stopped; failing = Math.min(failing * 2, pauseAfterFailure.longest)) {
      try {
        return await round();
      } catch (error) {
        report(error);
        if (!stopped) await rest(failing, false);
      }
    }
    return false;
  };
  const settled = (round: number) => {
    for (const { after, resolve } of settling) if (after < round) resolve();
    settling = settling.filter(({ after }) => after >= round);
  };
  const run = async () => {
    let idle = pause.first;
    while (!stopped) {
      kicked = false;
      begun++;
      const any = await succeed();
      if (!any) settled(begun);
      if (!any && !kicked && !stopped) {
        await rest(idle, true);
        idle = Math.min(idle * 2, pause.longest);
      }
      if (any || kicked) idle = pause.first;
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
