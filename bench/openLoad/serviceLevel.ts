/** The service level that docs/operations.md promises, and that a load is held against. */
export const serviceLevel = {
  /** The share of requests that are answered as they should be. */
  answered: 0.999,
  /** Milliseconds within which 99 of 100 requests are answered. */
  p99Milliseconds: 1_000,
} as const;
