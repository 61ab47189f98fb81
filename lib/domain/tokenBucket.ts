import { RecentMap } from "./recentMap.ts";

/** How many names are remembered. */
const names = 10_000;

/**
 * Lets so many through at once and so many a second from then on, for each name. Of more names than it remembers it forgets
 * the one that asked the longest ago.
 */
export class TokenBucket {
  readonly #capacity: number;
  readonly #perSecond: number;
  readonly #buckets = new RecentMap<{ tokens: number; at: number }>(names);

  constructor(capacity: number, perSecond: number) {
    this.#capacity = capacity;
    this.#perSecond = perSecond;
  }

  /** Takes tokens of this name, a full bucket at most; answers whether there were as many. */
  take(name: string, now: Date, count = 1): boolean {
    const wanted = Math.min(count, this.#capacity);
    const known = this.#buckets.get(name) ?? { tokens: this.#capacity, at: now.getTime() };
    // Requests that arrived together are not judged in the order of their times.
    const at = Math.max(known.at, now.getTime());
    const tokens = Math.min(this.#capacity, known.tokens + ((at - known.at) / 1000) * this.#perSecond);
    this.#buckets.set(name, { tokens: tokens >= wanted ? tokens - wanted : tokens, at });
    return tokens >= wanted;
  }
}
