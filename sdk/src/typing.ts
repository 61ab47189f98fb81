import type { Browser } from "./browser.ts";

const ENDS_AFTER_MS = 10_000;

/** Says once that the person starts typing, however often the page reports it, and that they stopped, ten seconds after the last report. */
export function createTyping(
  browser: Browser,
  say: (type: "typing:start" | "typing:stop", id: string) => Promise<void>,
) {
  let now: { id: string; timer: number } | undefined;

  /** Forgets that the person types; answers where they did. */
  function forget(): string | undefined {
    browser.clearTimeout(now?.timer);
    const id = now?.id;
    now = undefined;
    return id;
  }

  async function stop(id: string): Promise<void> {
    if (now?.id !== id) return;
    forget();
    await say("typing:stop", id);
  }

  return {
    async start(id: string): Promise<void> {
      if (now && now.id !== id) await stop(now.id);
      const already = forget() === id;
      now = { id, timer: browser.setTimeout(() => void stop(id).catch(() => undefined), ENDS_AFTER_MS) };
      if (!already) await say("typing:start", id);
    },
    stop,
    forget,
  };
}
