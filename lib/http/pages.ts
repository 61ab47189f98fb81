import type { OperationName } from "../api/routes.ts";
import { apiError } from "../model/apiError.ts";
import { idPattern } from "../model/id.ts";
import { type Page, type PageQuery, pageSize } from "../model/page.ts";
import type { HttpRequest } from "./request.ts";

/** The filters of each list; all others have none. */
const filters: Partial<Readonly<Record<OperationName, readonly string[]>>> = {
  listApps: ["serviceAccountId"],
  listConversations: ["userId", "userExternalId"],
  listIntegrations: ["types"],
  listUsers: ["identities.email"],
};

const pageMembers: readonly string[] = ["after", "before", "size"];

/**
 * Reads the query of a list: `page` and `filter` may come as JSON, `page={"size":10}`, which is `page[size]=10`.
 * @throws ApiError `bad_request` for invalid JSON or nested values, for a parameter in both forms, and for a filter
 * that the list does not have, since ignoring it would list too much
 */
export function readListQuery(operation: OperationName, query: URLSearchParams): URLSearchParams {
  const read = new URLSearchParams(query);
  for (const name of ["page", "filter"]) {
    read.delete(name);
    for (const [parameter, value] of jsonMembers(query, name)) {
      if (read.has(parameter)) throw apiError.badRequest(`${parameter} is given more than once`);
      if (typeof value === "object" || !String(value).isWellFormed() || !parameter.isWellFormed())
        throw apiError.badRequest(`${parameter} should be string or number`);
      read.append(parameter, String(value));
    }
  }
  for (const name of new Set(read.keys()))
    if (!isKnown(operation, name)) throw apiError.badRequest(`${name.slice(0, 64)} is not known here`);
  return read;
}

/** Reads the parameters in the JSON of `page` or `filter`. */
function* jsonMembers(query: URLSearchParams, name: string): Generator<readonly [parameter: string, value: unknown]> {
  for (const json of query.getAll(name))
    for (const [member, value] of Object.entries(parseMembers(name, json)))
      if (value !== null) yield [`${name}[${member}]`, value];
}

function isKnown(operation: OperationName, parameter: string): boolean {
  const [, kind, member = ""] = /^(page|filter)\[(.*)\]$/s.exec(parameter) ?? [];
  if (kind === undefined) return true;
  return (kind === "page" ? pageMembers : (filters[operation] ?? [])).includes(member);
}

/** Reads the object in a parameter's JSON; an empty parameter is an empty object. @throws ApiError for anything else */
function parseMembers(name: string, json: string): object {
  let value: unknown;
  try {
    value = json === "" ? {} : JSON.parse(json);
  } catch {
    throw apiError.badRequest(`${name} is not valid JSON`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw apiError.badRequest(`${name} should be object`);
  return value;
}

/**
 * Reads the requested page of a list: `page[after]` or `page[before]`, and `page[size]` if pages have no fixed size.
 * @throws ApiError `bad_request` for both cursors at once, a cursor that is no id, or a size outside 1 to 100
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
    throw apiError.badRequest("Invalid page query parameters");
  return { ...(after === undefined ? {} : { after }), ...(before === undefined ? {} : { before }), size: Number(size) };
}

/**
 * Writes `meta` and `links` of a list answer; `hasMore` is of the direction of paging.
 * @param baseUrl the base URL of the caller's request
 * @param backward whether the page was read towards the beginning of the list
 */
export function pageEnvelope(
  page: Page<{ readonly id: string }>,
  request: HttpRequest,
  baseUrl: string,
  backward: boolean,
): { meta: object; links: object } {
  const after = page.hasNext ? page.records.at(-1)?.id : undefined;
  const before = page.hasPrevious ? page.records.at(0)?.id : undefined;
  const link = (side: "after" | "before", cursor: string) => {
    const query = new URLSearchParams(request.query);
    query.delete("page[after]");
    query.delete("page[before]");
    query.append(`page[${side}]`, cursor);
    // The path is decoded: an externalId in it may hold characters that end a path, `?` or `#`.
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
