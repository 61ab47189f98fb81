import type { Page, PageQuery } from "../model/page.ts";
import type { Db, Item } from "./db.ts";
import { type QueryRange, queryItems } from "./readItems.ts";

/** The items of one kind in a partition, optionally filtered. */
interface RecordRange extends Pick<QueryRange, "partition"> {
  readonly prefix: string;
  readonly wanted?: ((item: Item) => boolean) | undefined;
}

/**
 * Reads one page of a partition with sort keys of the form `<prefix><record id>`, in one query whatever the length of
 * the list (with a filter, in as many as the page needs). A cursor is a record id and need not exist any more: the page
 * begins beyond its place.
 */
export async function pageOfQuery<T>(
  db: Db,
  { wanted = () => true, ...range }: RecordRange,
  query: PageQuery,
  read: (item: Item) => T,
): Promise<Page<T>> {
  const descending = query.before !== undefined;
  const cursor = query.after ?? query.before;
  const found: Item[] = [];
  let beyond = cursor === undefined ? undefined : range.prefix + cursor;
  let more = true;
  while (more && found.length <= query.size) {
    const answer = await queryItems(db, {
      ...range,
      ...(beyond === undefined ? {} : { beyond }),
      descending,
      limit: query.size + 1,
    });
    found.push(...answer.items.filter(wanted));
    beyond = answer.items.at(-1)?.sk;
    more = answer.more;
  }
  const records = found.slice(0, query.size).map(read);
  const hasBeyond = found.length > query.size;
  return descending
    ? { records: records.reverse(), hasNext: true, hasPrevious: hasBeyond }
    : { records, hasNext: hasBeyond, hasPrevious: cursor !== undefined };
}
