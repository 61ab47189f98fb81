import { idPattern } from "../domain/id.ts";
import { type Page, type PageQuery, pageSize } from "../domain/page.ts";
import { refuse } from "../domain/refusal.ts";
import type { HttpRequest } from "./request.ts";

/**
 * The page a list request asks for: `page[after]` or `page[before]`, and `page[size]` where pages have no fixed size.
 *
 * @throws Refusal `bad_request` for both cursors at once, a cursor that is no id, or a size outside 1 to 100
 */
export function readPageQuery(query: URLSearchParams, { sized } = { sized: true }): PageQuery {
  const after = query.get("page[after]") ?? undefined;
  const before = query.get("page[before]") ?? undefined;
  const size = (sized ? query.get("page[size]") : undefined) ?? String(pageSize.default);
  const cursors = [after, before].filter((cursor) => cursor !== undefined);
  if (
    cursors.length > 1 ||
    !cursors.every((cursor) => idPattern.test(cursor)) ||
    !/^\d{1,3}$/.test(size) ||
    Number(size) < 1 ||
    Number(size) > pageSize.max
  )
    throw refuse.badRequest("Invalid page query parameters");
  return { ...(after === undefined ? {} : { after }), ...(before === undefined ? {} : { before }), size: Number(size) };
}

/**
 * `meta` and `links` of a list answer; `hasMore` speaks of the direction that is paged in.
 *
 * @param baseUrl where the caller reached us
 * @param backward whether the page was read towards the beginning of the list
 */
export function pageEnvelope<T>(
  page: Page<T>,
  idOf: (record: T) => string,
  request: HttpRequest,
  baseUrl: string,
  backward: boolean,
): { meta: object; links: object } {
  const first = page.records.at(0);
  const last = page.records.at(-1);
  const after = page.hasNext && last !== undefined ? idOf(last) : undefined;
  const before = page.hasPrevious && first !== undefined ? idOf(first) : undefined;
  const link = (side: "after" | "before", cursor: string) => {
    const query = new URLSearchParams(request.query);
    query.delete("page[after]");
    query.delete("page[before]");
    query.append(`page[${side}]`, cursor);
    // The path is decoded: an externalId in it may hold what would end the path, `?` or `#`.
    const path = request.path.split("/").map(encodeURIComponent).join("/");
    return `${baseUrl}${path}?${query.toString()}`;
  };
  return {
    meta: {
      hasMore: backward ? page.hasPrevious : page.hasNext,
      ...(after === undefined ? {} : { afterCursor: after }),
      ...(before === undefined ? {} : { beforeCursor: before }),
    },
    links: {
      ...(before === undefined ? {} : { prev: link("before", before) }),
      ...(after === undefined ? {} : { next: link("after", after) }),
    },
  };
}
