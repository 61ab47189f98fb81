/** A page asked for: forward from `after`, or backward from `before`; neither is the first page. Cursors are record ids. */
export interface PageQuery {
  readonly after?: string | undefined;
  readonly before?: string | undefined;
  readonly size: number;
}

/** A page of records in list order, and whether there is more on either side. */
export interface Page<T> {
  readonly records: readonly T[];
  readonly hasNext: boolean;
  readonly hasPrevious: boolean;
}

export const pageSize = { default: 25, max: 100 } as const;

/** Cuts a page out of a list that is whole in memory and bounded; `undefined` when the cursor names no record of it. */
export function pageOf<T>(all: readonly T[], idOf: (record: T) => string, query: PageQuery): Page<T> | undefined {
  const cursor = query.after ?? query.before;
  const at = cursor === undefined ? -1 : all.findIndex((record) => idOf(record) === cursor);
  if (cursor !== undefined && at === -1) return undefined;
  const start = query.before === undefined ? at + 1 : Math.max(0, at - query.size);
  const end = query.before === undefined ? start + query.size : at;
  return { records: all.slice(start, end), hasNext: end < all.length, hasPrevious: start > 0 };
}
