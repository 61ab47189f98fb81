import type { Db, Item } from "./db.ts";
import { type QueryRange, queryItems } from "./readItems.ts";

/** Reads a range of a partition to its end, page by page: each is read once the caller is done with the one before. */
export async function* pagesOf(db: Db, range: QueryRange): AsyncGenerator<readonly Item[]> {
  for (let from = range; ; ) {
    const { items, more } = await queryItems(db, from);
    yield items;
    const beyond: string | undefined = items.at(-1)?.[range.index ?? "sk"];
    if (!more || beyond === undefined) return;
    from = { ...range, beyond };
  }
}
