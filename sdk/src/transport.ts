import type { Browser } from "./browser.ts";
import { SmoochError } from "./SmoochError.ts";

/** The repetition of requests, by the configuration; intervals are in seconds. */
export interface RetryPolicy {
  intervals?: { regular?: number; aggressive?: number };
  backoffMultiplier?: number;
  maxRetries?: number;
}

/** One request, complete except for its repetition. */
export interface Outgoing {
  method: string;
  url: string;
  headers: Record<string, string>;
  body?: unknown;
  /** `false` for requests that are worthless when late. */
  retry?: boolean;
}

const TIMEOUT_MS = 30_000;
const FIRST_DELAY_MS = 1000;
const MAX_DELAY_MS = 60_000;
const MAX_RETRIES = 10;

/** Sends requests, and repeats them. */
export type Transport = ReturnType<typeof createTransport>;

/**
 * Sends requests. An answer of 5xx, or none within 30 seconds, is repeated with exponential back-off and full jitter; a
 * 4xx and a 501, which means that the server does not offer it, never are. Waiting requests are repeated at once when
 * the network is back. Resolves with the JSON body, `undefined` if there is none; rejects with a `SmoochError`. Ends
 * with `lifetime`, waiting or not.
 */
export function createTransport(browser: Browser, lifetime: AbortSignal) {
  let policy: RetryPolicy = {};

  /**
   * Computes the delay, which grows from a second up to the server's interval; without a network, only its return is
   * worth another attempt.
   */
  function delayAfter(failures: number): number {
    if (browser.navigator.onLine === false) return MAX_DELAY_MS;
    const interval = (policy.intervals?.aggressive ?? MAX_DELAY_MS / 1000) * 1000;
    return (
      Math.random() * Math.min(FIRST_DELAY_MS * (policy.backoffMultiplier ?? 2) ** failures, interval, MAX_DELAY_MS)
    );
  }

  function pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const over = () => {
        browser.clearTimeout(timer);
        browser.removeEventListener("online", over);
        lifetime.removeEventListener("abort", over);
        resolve();
      };
      const timer = browser.setTimeout(over, milliseconds);
      browser.addEventListener("online", over);
      lifetime.addEventListener("abort", over);
    });
  }

  async function attempt({ method, url, headers, body }: Outgoing): Promise<unknown> {
    const controller = new AbortController();
    const abort = () => controller.abort();
    const timer = browser.setTimeout(abort, TIMEOUT_MS);
    lifetime.addEventListener("abort", abort);
    try {
      if (lifetime.aborted) abort();
      const response = await browser.fetch(url, {
        method,
        headers: { accept: "application/json", "content-type": "application/json", ...headers },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        credentials: "omit",
        signal: controller.signal,
      });
      return await readAnswer(response);
    } catch (error) {
      if (error instanceof SmoochError) throw error;
      if (lifetime.aborted) throw new SmoochError("destroyed", "The SDK was destroyed before the request ended.");
      throw new SmoochError("network_error", `No answer from ${new URL(url).origin}.`);
    } finally {
      browser.clearTimeout(timer);
      lifetime.removeEventListener("abort", abort);
    }
  }

  return {
    /** Sets the policy by which requests are repeated. */
    follow(given: RetryPolicy | undefined): void {
      policy = given ?? {};
    },
    async send(outgoing: Outgoing): Promise<unknown> {
      const retries = outgoing.retry === false ? 0 : Math.min(policy.maxRetries ?? 5, MAX_RETRIES);
      for (let failures = 0; ; failures++) {
        try {
          return await attempt(outgoing);
        } catch (error) {
          if (isFinal(error) || lifetime.aborted || failures >= retries) throw error;
          await pause(delayAfter(failures));
        }
      }
    },
  };
}

/** Tells whether the same request would be refused again. */
function isFinal(error: unknown): boolean {
  const status = error instanceof SmoochError ? error.status : 0;
  return (status > 0 && status < 500) || status === 501;
}

/** Reads the JSON body of an answer, `undefined` if there is none. Throws a `SmoochError` for a refusal. */
async function readAnswer(response: Response): Promise<unknown> {
  const { ok, status, headers } = response;
  const text = await response.text();
  if (ok) return text && headers.get("content-type")?.includes("json") ? JSON.parse(text) : undefined;
  // The refusal of a session is typed as text, for the sake of other clients.
  const error = errorOf(text);
  throw new SmoochError(
    error?.code ?? `http_${status}`,
    error?.description ?? `The server answered ${status}.`,
    status,
  );
}

/** Reads the wire's error form; if a proxy answered another, the status still counts. */
function errorOf(text: string): { code?: string; description?: string } | undefined {
  try {
    return JSON.parse(text)?.error;
  } catch {
    return undefined;
  }
}
