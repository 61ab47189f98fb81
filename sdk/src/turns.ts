import type { Browser } from "./browser.ts";

const LOCK_PATIENCE_MS = 5000;
/** After this, a tab was told what others wrote to storage: a few milliseconds, but for busy machines. */
const WRITES_SEEN_MS = 200;

/** Lets changes of identity happen one after another. */
export type Turns = ReturnType<typeof createTurns>;

/** A queue of this page, and over all pages of the same origin that use the same lock `name`. */
export function createTurns(browser: Browser, name: string) {
  let last: Promise<unknown> = Promise.resolve();

  /** Runs `work` after all work given before, whether that succeeded or not. Work must not wait for another turn. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = last.then(work);
    last = mine.catch(() => undefined);
    return mine;
  }

  return {
    inTurn,
    /**
     * Like `inTurn`, over all tabs where the browser has locks. Where it has none, and where a tab holds its turn too long, tabs work at the
     * same time; what they write meanwhile must be made for that.
     */
    inTurnOfAllTabs<T>(work: () => Promise<T>): Promise<T> {
      return inTurn(async () => {
        // Absent on pages served over plain HTTP and in older browsers.
        const locks: LockManager | undefined = browser.navigator.locks;
        let result: Promise<T> | undefined;
        try {
          await locks?.request(name, { signal: AbortSignal.timeout(LOCK_PATIENCE_MS) }, () => {
            result = work();
            return result;
          });
        } catch {
          // No lock to be had; what `work` itself threw is in `result`.
        }
        return result ?? work();
      });
    },
    /** Resolves at once where tabs take turns, else when this tab was told what others had written to storage before now. */
    async writesSeen(): Promise<void> {
      const locks: LockManager | undefined = browser.navigator.locks;
      if (!locks) await new Promise<void>((resolve) => browser.setTimeout(resolve, WRITES_SEEN_MS));
    },
    /** Resolves when all work given so far is done. */
    settled: () => last,
  };
}
