/**
 * The one table, as data: the stack deploys it, the local server and the tests create it. `docs/data.md` describes its
 * items.
 */
export const tableDefinition = {
  partitionKey: "pk",
  sortKey: "sk",
  /** A sparse index: only messages have `order`, so nothing else pays for it. */
  orderIndex: { name: "order", sortKey: "order" },
  timeToLive: "expiresAt",
} as const;
