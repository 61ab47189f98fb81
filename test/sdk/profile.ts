import type { Browser } from "../../sdk/src/browser.ts";
import { createSmooch } from "../../sdk/src/smooch.ts";
import type { Smooch } from "../../sdk/src/types.ts";

/** One page of a browser: what the SDK sees of it, and what a person or the clock does to it. */
export interface Tab {
  smooch: Smooch;
  /** Every event so far, with its arguments. */
  events: unknown[][];
  /** The names of all events so far. */
  names(): unknown[];
  /** Resolves when the event has happened once more. */
  next(event: Parameters<Smooch["on"]>[0]): Promise<unknown[]>;
  /** Lets a timer of this length run out, now or as soon as there is one; timers of five seconds and more only end so. */
  elapse(milliseconds: number): void;
  /** The lengths of the long timers that run. */
  waiting(): number[];
  /** The lengths of all timers so far, but for the time-outs of requests. */
  timers(): number[];
  show(visible: boolean): void;
  /** The network goes or comes back, as the browser sees it. */
  connect(online: boolean): void;
  /** Ends the page, without a word to the SDK. */
  close(): void;
}

/** A browser profile: pages share its storage, whose changes the other pages are told. */
export class Profile {
  readonly stored = new Map<string, string>();
  /** Whether the browser refuses to keep anything. */
  refuses = false;
  /** Whether the browser has locks. Without them, a tab sees what another one wrote only once a timer has run out. */
  locks = true;
  private readonly tabs = new Set<EventTarget>();
  private underWay: (() => void)[] = [];

  /** What tabs wrote is seen by all of them. */
  private settle(): void {
    for (const write of this.underWay.splice(0)) write();
  }

  openTab(defaultBaseUrl?: string): Tab {
    const target = new EventTarget();
    const document = new EventTarget() as Document;
    const timers = new Map<number, { ms: number; run: () => void; handle?: NodeJS.Timeout }>();
    const aborted = new AbortController();
    const due = new Set<number>();
    const lengths: number[] = [];
    let lastTimer = 0;
    this.tabs.add(target);

    const tellOthers = (key: string, newValue: string | null) => {
      const event = Object.assign(new Event("storage"), { key, newValue });
      for (const other of this.tabs) if (other !== target) other.dispatchEvent(event);
    };
    const allow = () => {
      if (this.refuses) throw new DOMException("The operation is insecure.", "SecurityError");
    };
    /** What this tab wrote and the others do not see yet. */
    const own = new Map<string, string>();
    const storage = {
      getItem: (key: string) => {
        allow();
        return own.get(key) ?? this.stored.get(key) ?? null;
      },
      setItem: (key: string, value: string) => {
        allow();
        own.set(key, value);
        this.underWay.push(() => {
          own.delete(key);
          this.stored.set(key, value);
          tellOthers(key, value);
        });
        if (this.locks) this.settle();
      },
      removeItem: (key: string) => {
        allow();
        this.settle();
        if (this.stored.delete(key)) tellOthers(key, null);
      },
    };
    Object.assign(document, { hidden: false, title: "Shop", referrer: "" });

    // The parts of a window the SDK uses; the rest is not there, so that using it fails.
    const navigator = {
      onLine: true,
      userAgent: "Test/1.0",
      language: "en-CA",
      ...(this.locks && { locks: globalThis.navigator.locks }),
    };
    const browser = {
      fetch: (url: string, init: RequestInit) =>
        fetch(url, { ...init, signal: AbortSignal.any([aborted.signal, ...(init.signal ? [init.signal] : [])]) }),
      setTimeout: (run: () => void, ms: number) => {
        const id = ++lastTimer;
        const once = () => {
          if (!timers.delete(id)) return;
          this.settle();
          run();
        };
        lengths.push(ms);
        timers.set(id, { ms, run: once, ...(ms < 5000 && { handle: setTimeout(once, ms / 100) }) });
        if (due.delete(ms)) queueMicrotask(once);
        return id;
      },
      clearTimeout: (id: number) => {
        clearTimeout(timers.get(id)?.handle);
        timers.delete(id);
      },
      get localStorage() {
        allow();
        return storage;
      },
      navigator,
      document,
      location: { host: "shop.example", origin: "https://shop.example", pathname: "/cart" },
      addEventListener: target.addEventListener.bind(target),
      removeEventListener: target.removeEventListener.bind(target),
    } as unknown as Browser;

    const smooch = createSmooch(browser, defaultBaseUrl);
    const events: unknown[][] = [];
    const waitingFor = new Set<{ event: string; resolve: (event: unknown[]) => void }>();
    const listen = (event: Parameters<Smooch["on"]>[0]) =>
      smooch.on(event, (...args: unknown[]) => {
        events.push([event, ...args]);
        for (const one of waitingFor) {
          if (one.event === event && waitingFor.delete(one)) one.resolve([event, ...args]);
        }
      });
    for (const event of EVENTS) listen(event);

    return {
      smooch,
      events,
      names: () => events.map(([name]) => name),
      next: (event) => new Promise((resolve) => void waitingFor.add({ event, resolve })),
      elapse(milliseconds) {
        const timer = [...timers.values()].find(({ ms }) => ms === milliseconds);
        if (timer) timer.run();
        else due.add(milliseconds);
      },
      waiting: () => [...timers.values()].map(({ ms }) => ms).filter((ms) => ms >= 5000 && ms !== 30_000),
      timers: () => lengths.filter((ms) => ms !== 30_000),
      show(visible) {
        Object.assign(document, { hidden: !visible });
        document.dispatchEvent(new Event("visibilitychange"));
      },
      connect(online) {
        navigator.onLine = online;
        target.dispatchEvent(new Event(online ? "online" : "offline"));
      },
      close: () => {
        this.tabs.delete(target);
        aborted.abort();
        for (const { handle } of timers.values()) clearTimeout(handle);
        timers.clear();
      },
    };
  }
}

const EVENTS = [
  "ready",
  "destroy",
  "connected",
  "disconnected",
  "conversation:added",
  "conversation:read",
  "conversation:removed",
  "participant:added",
  "participant:removed",
  "message",
  "message:sent",
  "message:received",
  "unreadCount",
  "session:ended",
] as const;
