import type { SignedDelivery } from "../channels/contract.ts";
import type { ChannelRequest } from "../model/channel.ts";
import { now } from "../model/sources/clock.ts";
import type { WireRequest } from "./gateway.ts";
import { BadInput } from "./localAction.ts";

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
    delivery: { method, publicUrl: href, query: searchParams, headers, rawBody, receivedAt: now() },
  };
}

/**
 * Writes a delivery that this server itself made as its webhook received it.
 * @param asked the request by which it was made
 * @throws BadInput if its path is no webhook's
 */
export function deliveryOf(
  asked: WireRequest,
  { path, headers, body }: Pick<SignedDelivery, "path" | "headers" | "body">,
): { readonly integrationId: string; readonly delivery: ChannelRequest } {
  const rawHeaders = Object.entries(headers).flat();
  const found = deliveryIn({ ...asked, method: "POST", target: path, rawHeaders, body: Buffer.from(body) });
  if (!found) throw new BadInput("The field path has to be that of a channel's webhook.");
  return found;
}
