import type { Page, PageQuery } from "../domain/page.ts";
import type { Item, QueryRange, Table } from "./table.ts";

/**
 * Reads one page of a partition whose sort keys are `<prefix><record id>`, in one query whatever the length of the list
 * (with a filter, in as many as the page needs). A cursor is a record id and need not exist any more: a page begins
 * beyond the place where it stood.
 */
export async function pageOfQuery<T>(
  table: Table,
  range: Pick<QueryRange, "partition"> & { readonly prefix: string },
  query: PageQuery,
  read: (item: Item) => T,
  wanted: (item: Item) => boolean = () => true,
): Promise<Page<T>> {
  const descending = query.before !== undefined;
  const cursor = query.after ?? query.before;
  const found: Item[] = [];
  let beyond = cursor === undefined ? undefined : range.prefix + cursor;
  let more = true;
  while (more && found.length <= query.size) {
    const answer = await table.query({
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
