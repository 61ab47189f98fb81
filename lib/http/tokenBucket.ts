import { RecentMap } from "../model/recentMap.ts";

/** Number of names that are remembered. */
const nameLimit = 10_000;

/**
 * Allows a number of requests at once and further ones per second, for each name. Beyond its capacity it forgets the
 * name that asked the longest time ago.
 */
export class TokenBucket {
  readonly #capacity: number;
  readonly #perSecond: number;
  readonly #buckets = new RecentMap<{ tokens: number; at: number }>(nameLimit);

  constructor(capacity: number, perSecond: number) {
    this.#capacity = capacity;
    this.#perSecond = perSecond;
  }

  /** Takes tokens of this name, a full bucket at most; tells whether there were as many. */
  take(name: string, now: Date, count = 1): boolean {
    const wanted = Math.min(count, this.#capacity);
    const bucket = this.#buckets.get(name) ?? { tokens: this.#capacity, at: now.getTime() };
    // Requests that arrived together may be handled in another order than that of their times.
    const at = Math.max(bucket.at, now.getTime());
    const tokens = Math.min(this.#capacity, bucket.tokens + ((at - bucket.at) / 1000) * this.#perSecond);
    this.#buckets.set(name, { tokens: tokens >= wanted ? tokens - wanted : tokens, at });
    return tokens >= wanted;
  }

  /** Fills all buckets. */
  fill(): void {
    this.#buckets.clear();
  }
}
