import { RecentMap } from "../model/recentMap.ts";

/** Milliseconds that a record is used without being read again: a deleted key works no longer than this. */
const lifetime = 60_000;
const capacity = 1_000;

/**
 * Remembers records that change seldom: at most the latest thousand of a kind, each for a minute. Absence is never
 * remembered.
 */
export class Cache<T extends object> {
  readonly #entries = new RecentMap<{ readonly value: T; readonly until: number }>(capacity);

  /** Answers the record within its minute. */
  get(name: string, now: number): T | undefined {
    const entry = this.#entries.get(name);
    return entry && entry.until > now ? entry.value : undefined;
  }

  /** Answers the record, however long ago it was read. */
  getStale(name: string): T | undefined {
    return this.#entries.get(name)?.value;
  }

  set(name: string, value: T, now: number): void {
    this.#entries.set(name, { value, until: now + lifetime });
  }

  delete(name: string): void {
    this.#entries.delete(name);
  }

  clear(): void {
    this.#entries.clear();
  }
}
