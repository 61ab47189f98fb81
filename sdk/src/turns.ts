import type { Browser } from "./browser.ts";

const LOCK_PATIENCE_MS = 5000;

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
    /** Like `inTurn`, over all tabs. A tab that holds its turn too long is not waited for: the idempotency key still makes both one user. */
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
    /** Resolves when all work given so far is done. */
    settled: () => last,
  };
}
