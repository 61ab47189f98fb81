import type { Api, Query } from "./api.ts";

interface Listing {
  readonly meta?: { readonly hasMore: boolean; readonly afterCursor?: string; readonly beforeCursor?: string };
}

/** Reads every record of a paginated list, in its order. */
export async function allOf<T>(api: Api, path: string, name: string, query: Query = {}): Promise<T[]> {
  const records: T[] = [];
  let after: string | undefined;
  do {
    const page = await api.get<Listing & Record<string, T[]>>(path, {
      ...query,
      "page[size]": "100",
      ...(after === undefined ? {} : { "page[after]": after }),
    });
    records.push(...(page[name] ?? []));
    after = page.meta?.hasMore ? page.meta.afterCursor : undefined;
  } while (after !== undefined);
  return records;
}

/** Reads every message of a conversation, the oldest first; the API begins with the latest page. */
export async function allMessages<T extends object>(api: Api, conversationPath: string): Promise<T[]> {
  const pages: T[][] = [];
  let before: string | undefined;
  do {
    const page = await api.get<Listing & { readonly messages: T[] }>(
      `${conversationPath}/messages`,
      before === undefined ? {} : { "page[before]": before },
    );
    pages.unshift(page.messages);
    before = page.meta?.hasMore ? page.meta.beforeCursor : undefined;
  } while (before !== undefined);
  return pages.flat();
}
