/**
 * A request for a page: forward from `after`, or backward from `before`; the first page without either. Cursors are
 * record ids.
 */
export interface PageQuery {
  readonly after?: string | undefined;
  readonly before?: string | undefined;
  readonly size: number;
}

/** A page of records in list order, and whether there are more on either side. */
export interface Page<T> {
  readonly records: readonly T[];
  readonly hasNext: boolean;
  readonly hasPrevious: boolean;
}

export const pageSize = { default: 25, max: 100 } as const;

/** Cuts a page out of a bounded list in memory; `undefined` if the cursor is no record's id. */
export function pageOf<T>(all: readonly T[], idOf: (record: T) => string, query: PageQuery): Page<T> | undefined {
  const cursor = query.after ?? query.before;
  const at = cursor === undefined ? -1 : all.findIndex((record) => idOf(record) === cursor);
  if (cursor !== undefined && at === -1) return undefined;
  const start = query.before === undefined ? at + 1 : Math.max(0, at - query.size);
  const end = query.before === undefined ? start + query.size : at;
  return { records: all.slice(start, end), hasNext: end < all.length, hasPrevious: start > 0 };
}
