import type { Item, QueryRange, Table } from "./table.ts";

/** Reads a range of a partition to its end, a page at a time: the next one when what the last one holds is done. */
export async function* pagesOf(table: Table, range: QueryRange): AsyncGenerator<readonly Item[]> {
  for (let from = range; ; ) {
    const { items, more } = await table.query(from);
    yield items;
    const beyond: string | undefined = items.at(-1)?.[range.index ?? "sk"];
    if (!more || beyond === undefined) return;
    from = { ...range, beyond };
  }
}
