import type { Browser } from "./browser.ts";
import { SmoochError } from "./SmoochError.ts";

const MAX_INTERVAL_MS = 60_000;

/** A poller, which repeats its work while it is started. */
export type Poller = ReturnType<typeof createPoller>;

/**
 * Repeats `look` while it is started and the page is visible: at once when the page becomes visible or the network is
 * back, then every `interval()` milliseconds, more rarely while it fails. A refusal (4xx) ends it until the next start
 * or such return; too many requests (429) only slow it down.
 */
export function createPoller(browser: Browser, interval: () => number, look: () => Promise<unknown>) {
  const { document } = browser;
  let timer: number | undefined;
  let started = false;
  let failures = 0;

  function schedule(): void {
    browser.clearTimeout(timer);
    if (!started || document.hidden) return;
    timer = browser.setTimeout(run, Math.min(interval() * 2 ** failures, MAX_INTERVAL_MS));
  }

  async function run(): Promise<void> {
    browser.clearTimeout(timer);
    const turn = timer;
    try {
      await look();
      failures = 0;
    } catch (error) {
      failures++;
      const status = error instanceof SmoochError ? error.status : 0;
      if (status >= 400 && status < 500 && status !== 429) return;
    }
    // A new start in the meantime has scheduled already.
    if (turn === timer) schedule();
  }

  const wake = () => {
    if (started && !document.hidden) void run();
    else browser.clearTimeout(timer);
  };

  return {
    /** Starts polling; the first time after one interval. */
    start(): void {
      if (!started) {
        document.addEventListener("visibilitychange", wake);
        browser.addEventListener("online", wake);
      }
      started = true;
      failures = 0;
      schedule();
    },
    stop(): void {
      started = false;
      browser.clearTimeout(timer);
      document.removeEventListener("visibilitychange", wake);
      browser.removeEventListener("online", wake);
    },
  };
}
