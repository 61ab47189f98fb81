import type { WireRequest } from "./gateway.ts";

const loopbackHost = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;
/** Headers by which proxies and tunnels report the true origin of a request. */
const forwarded = /^(forwarded|via|x-forwarded-.+|x-real-ip|x-original-host|cf-.+|true-client-ip)$/i;

/** Lists the values of a header, in any spelling of its name. */
export function valuesOf({ rawHeaders }: WireRequest, name: string): readonly string[] {
  return rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name);
}

/**
 * Tells whether a request was sent to this machine by its loopback name and without a proxy. A foreign name that points
 * to 127.0.0.1 (DNS rebinding) is refused by its `Host`, a tunnel to this server by its added headers.
 */
export function isToThisMachine(request: WireRequest): boolean {
  const [host = "", ...more] = valuesOf(request, "host");
  const direct = !request.rawHeaders.some((text, index) => index % 2 === 0 && forwarded.test(text));
  return direct && loopbackHost.test(host) && more.length === 0 && /^(127\.|::1$)/.test(request.sourceIp);
}

/**
 * Tells whether a page of this server sent the request, from this machine. Browsers name a page's origin in every POST
 * and let no page change it, so a page elsewhere, in another window or of another port, cannot act in its visitor's
 * name.
 */
export function isFromOwnPage(request: WireRequest): boolean {
  const [origin, ...more] = valuesOf(request, "origin");
  const sites = valuesOf(request, "sec-fetch-site");
  return (
    isToThisMachine(request) &&
    origin === `http://${valuesOf(request, "host")[0]}` &&
    more.length === 0 &&
    sites.every((site) => site === "same-origin")
  );
}

/** Tells whether a program sent the request, and not a page in a browser. */
export const isOfProgram = (request: WireRequest): boolean =>
  ["origin", "sec-fetch-site"].every((name) => valuesOf(request, name).length === 0);

/** Tells whether a program of this machine sent the request, such as this server itself, and not a page in a browser. */
export const isFromProgram = (request: WireRequest): boolean => isToThisMachine(request) && isOfProgram(request);

/** Tells whether our page only looks whether something is new, as it does every few seconds. */
export const isWatching = (request: WireRequest): boolean => valuesOf(request, "x-sunroom-watching").length > 0;

/**
 * Tells whether a program of this machine sent the request, or a page of this server. A browser names no origin where a
 * page reads from its own, but says that it is the same.
 */
export function isFromHere(request: WireRequest): boolean {
  if (isFromProgram(request) || isFromOwnPage(request)) return true;
  const [site, ...more] = valuesOf(request, "sec-fetch-site");
  const reads = request.method === "GET" && valuesOf(request, "origin").length === 0;
  return isToThisMachine(request) && reads && site === "same-origin" && more.length === 0;
}
