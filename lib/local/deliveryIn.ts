import type { ChannelRequest } from "../model/channel.ts";
import type { WireRequest } from "./gateway.ts";

/** Reads a channel's delivery and its integration from a request; `undefined` for every other request. */
export function deliveryIn(
  request: WireRequest,
): { readonly integrationId: string; readonly delivery: ChannelRequest } | undefined {
  const { pathname, searchParams, href } = new URL(request.target, `http://localhost:${request.port}`);
  const [, integrationId] = /^\/webhooks\/([0-9a-f]{24})$/.exec(pathname) ?? [];
  if (integrationId === undefined || request.method !== "POST" || !request.body) return undefined;
  const headers: Record<string, string> = {};
  for (let at = 0; at + 1 < request.rawHeaders.length; at += 2)
    headers[String(request.rawHeaders[at]).toLowerCase()] = String(request.rawHeaders[at + 1]);
  const { method, body: rawBody } = request;
  return {
    integrationId,
    delivery: { method, publicUrl: href, query: searchParams, headers, rawBody, receivedAt: new Date() },
  };
}
