import { apiError } from "../model/apiError.ts";
import type { HttpRequest } from "./request.ts";

/** A name, an IPv4 or a bracketed IPv6 address, with a port or without. */
const host = /^(?:[a-z0-9](?:[a-z0-9._-]{0,253}[a-z0-9])?|\[[0-9a-f:.]{2,45}\])(?::\d{1,5})?$/i;

/**
 * Answers the base URL of a request, without a slash at its end. It is made of the client's own headers, so it belongs
 * in answers to this client alone.
 * @throws ApiError `bad_request` if the `Host` header names no host
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-7.2
 */
export function askedUrl({ headers }: Pick<HttpRequest, "headers">): string {
  const name = headers.host ?? "";
  if (!host.test(name)) throw apiError.badRequest("The Host header is not valid");
  const scheme = headers["x-forwarded-proto"] === "http" ? "http" : "https";
  return `${scheme}://${name}`;
}

/** Adds to a base URL the path below which the request was made, such as `/sc`, unless it ends with it already. */
export const withBase = (url: string, { base }: Pick<HttpRequest, "base">): string =>
  url.endsWith(base) ? url : `${url}${base}`;
