import { CommandFailed } from "../failures.ts";

/**
 * Encodes a name as one segment of a path. `.` and `..` cannot be one, in any encoding: a URL that ends with one is
 * that of its parent (WHATWG URL, "double-dot URL path segment"), which must not be read instead, let alone deleted.
 * @throws CommandFailed for a name that no path can hold
 */
export function segment(name: string): string {
  if (/^\.{0,2}$/.test(name)) throw new CommandFailed(`No URL can hold the name "${name}"; use the id instead.`);
  return encodeURIComponent(name);
}
