/** The one table, as data: the stack deploys it, the local server and the tests create it. `docs/data.md` says what it holds. */
export const tableDefinition = {
  partitionKey: "pk",
  sortKey: "sk",
  /** Sparse: only messages carry `order`, so nothing else pays for the index. */
  orderIndex: { name: "order", sortKey: "order" },
  timeToLive: "expiresAt",
} as const;
