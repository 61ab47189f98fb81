import { BadInput, type Fields, optionalText } from "../localAction.ts";

/** What a request is, as far as a match looks at it. */
export interface MatchedRequest {
  readonly method: string;
  readonly path: string;
  /** The name of the operation in `lib/api/routes.ts`, if there is one. */
  readonly operation: () => string | undefined;
}

/** Which requests something is for: those that agree with all that is given. */
export interface RequestMatch {
  readonly method?: string | undefined;
  /** A path without its query, in which each `*` stands for any text. */
  readonly path?: string | undefined;
  readonly operation?: string | undefined;
}

const known = ["method", "path", "operation"];

/** Reads a match. @throws BadInput that names a field, also one that is unknown: it would match too much */
export function readMatch(fields: Fields): RequestMatch {
  const unknown = Object.keys(fields).find((name) => !known.includes(name));
  if (unknown !== undefined) throw new BadInput(`A match has no field ${unknown}, only ${known.join(", ")}.`);
  return {
    method: optionalText(fields, "method")?.toUpperCase(),
    path: optionalText(fields, "path"),
    operation: optionalText(fields, "operation"),
  };
}

/** Tells whether a request agrees with a match; a preflight only where its method is named. */
export const agrees = ({ method, path, operation }: RequestMatch, request: MatchedRequest): boolean =>
  (method === undefined ? request.method !== "OPTIONS" : method === request.method) &&
  (path === undefined || hasPattern(request.path, path)) &&
  (operation === undefined || operation === request.operation());

/** Tells whether a text is as a pattern says, in which each `*` stands for any text. */
function hasPattern(text: string, pattern: string): boolean {
  const [first = "", ...rest] = pattern.split("*");
  const last = rest.pop();
  if (last === undefined) return text === pattern;
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false;
  let at = first.length;
  for (const piece of rest) {
    const found = text.indexOf(piece, at);
    if (found === -1 || found + piece.length > text.length - last.length) return false;
    at = found + piece.length;
  }
  return true;
}
