import type { Browser } from "./browser.ts";

const ENDS_AFTER_MS = 10_000;

/** A reporter of the person's typing. */
export type Typing = ReturnType<typeof createTyping>;

/**
 * Reports once that the person starts typing, however often the page does so, and that typing stopped, ten seconds
 * after the last report.
 */
export function createTyping(
  browser: Browser,
  report: (type: "typing:start" | "typing:stop", id: string) => Promise<void>,
) {
  let current: { id: string; timer: number } | undefined;

  /** Forgets that the person types; answers the conversation. */
  function forget(): string | undefined {
    browser.clearTimeout(current?.timer);
    const id = current?.id;
    current = undefined;
    return id;
  }

  async function stop(id: string): Promise<void> {
    if (current?.id !== id) return;
    forget();
    await report("typing:stop", id);
  }

  return {
    async start(id: string): Promise<void> {
      if (current && current.id !== id) await stop(current.id);
      const already = forget() === id;
      current = { id, timer: browser.setTimeout(() => void stop(id).catch(() => undefined), ENDS_AFTER_MS) };
      if (!already) await report("typing:start", id);
    },
    stop,
    forget,
  };
}
