import { idPattern } from "../domain/id.ts";
import { type Page, type PageQuery, pageSize } from "../domain/page.ts";
import { refuse } from "../domain/refusal.ts";
import type { OperationName } from "../routes.ts";
import type { HttpRequest } from "./request.ts";

/** What each list may be filtered by; the others by nothing. */
const filters: Partial<Readonly<Record<OperationName, readonly string[]>>> = {
  listApps: ["serviceAccountId"],
  listConversations: ["userId", "userExternalId"],
  listIntegrations: ["types"],
  listUsers: ["identities.email"],
};

const pageMembers: readonly string[] = ["after", "before", "size"];

/**
 * Reads the query of a list: `page` and `filter` may come as JSON, `page={"size":10}`, which is `page[size]=10`.
 *
 * @throws Refusal `bad_request` for what is no JSON of an object of single values, for a parameter in both forms, and for
 *   a filter that the list does not have: it would list what was to be left out
 */
export function readListQuery(operation: OperationName, query: URLSearchParams): URLSearchParams {
  const read = new URLSearchParams(query);
  for (const name of ["page", "filter"]) {
    read.delete(name);
    for (const json of query.getAll(name))
      for (const [member, value] of Object.entries(parseMembers(name, json))) {
        const parameter = `${name}[${member}]`;
        if (value === null) continue;
        if (read.has(parameter)) throw refuse.badRequest(`${parameter} is given more than once`);
        if (typeof value === "object" || !String(value).isWellFormed() || !member.isWellFormed())
          throw refuse.badRequest(`${parameter} should be string or number`);
        read.append(parameter, String(value));
      }
  }
  for (const name of new Set(read.keys())) {
    const [, kind, member = ""] = /^(page|filter)\[(.*)\]$/s.exec(name) ?? [];
    const known = kind === "page" ? pageMembers : (filters[operation] ?? []);
    if (kind !== undefined && !known.includes(member))
      throw refuse.badRequest(`${name.slice(0, 64)} is not known here`);
  }
  return read;
}

/** The object that a parameter's JSON says; an empty parameter asks for nothing. @throws Refusal for anything else */
function parseMembers(name: string, json: string): object {
  let value: unknown;
  try {
    value = json === "" ? {} : JSON.parse(json);
  } catch {
    throw refuse.badRequest(`${name} is not valid JSON`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw refuse.badRequest(`${name} should be object`);
  return value;
}

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
