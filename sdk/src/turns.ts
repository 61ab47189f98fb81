import type { Browser } from "./browser.ts";

const LOCK_PATIENCE_MS = 5000;
/** Milliseconds after which a tab has seen other tabs' writes to storage: a few, except on busy machines. */
const WRITES_SEEN_MS = 200;

/** A queue in which changes of identity happen one after another. */
export type Turns = ReturnType<typeof createTurns>;

/** Makes a queue of this page, and over all pages of the same origin that use the same lock `name`. */
export function createTurns(browser: Browser, name: string) {
  let last: Promise<unknown> = Promise.resolve();

  /**
   * Runs `work` after all work given before, whether that succeeded or not. Work must not wait for further work in the
   * queue.
   */
  function serialize<T>(work: () => Promise<T>): Promise<T> {
    const mine = last.then(work);
    last = mine.catch(() => undefined);
    return mine;
  }

  return {
    serialize,
    /**
     * Like `serialize`, over all tabs if the browser has locks. If it has none, or a tab holds its lock too long, tabs
     * work at the same time; their writes meanwhile must allow for that.
     */
    serializeAcrossTabs<T>(work: () => Promise<T>): Promise<T> {
      return serialize(async () => {
        // Absent on pages served over plain HTTP and in older browsers.
        const locks: LockManager | undefined = browser.navigator.locks;
        let result: Promise<T> | undefined;
        try {
          await locks?.request(name, { signal: AbortSignal.timeout(LOCK_PATIENCE_MS) }, () => {
            result = work();
            return result;
          });
        } catch {
          // There was no lock; an exception of `work` itself is in `result`.
        }
        return result ?? work();
      });
    },
    /** Resolves at once if tabs use locks, else when this tab has seen other tabs' earlier writes to storage. */
    async writesSeen(): Promise<void> {
      const locks: LockManager | undefined = browser.navigator.locks;
      if (!locks) await new Promise<void>((resolve) => browser.setTimeout(resolve, WRITES_SEEN_MS));
    },
    /** Resolves when all work given so far is done. */
    settled: () => last,
  };
}
