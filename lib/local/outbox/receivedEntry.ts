import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { ChannelSender } from "../../channels/contract.ts";
import { type ChannelType, isChannelType } from "../../model/channel.ts";
import type { ProviderRequest } from "../../model/channelCall.ts";
import { now } from "../../model/sources/clock.ts";
import { channelSamples } from "../channelSamples.ts";
import { integrationsOfRequest } from "./integrationsOfRequest.ts";
import type { OutboxEntry, OutboxIntegration } from "./outboxEntry.ts";

/** What there is to know of the channels whose providers the outbox stands in for. */
export interface OutboxChannels {
  /** Answers what the channel's sender says of its provider, and its reader of answers. */
  readonly providerOf: (type: ChannelType) => Promise<Pick<ChannelSender, "origins" | "reports" | "read">>;
  /** Lists every integration of this type, its secrets included. */
  readonly integrationsOf: (type: ChannelType) => Promise<readonly OutboxIntegration[]>;
}

/** Bytes of a request that are read. */
const bodyLimit = 32 * 1024 * 1024;

/**
 * Reads a request as one for a provider; `undefined` if it is for none.
 * @param secret the first part of a path; the channel's type is the second, and the rest is the provider's
 */
export async function receivedEntry(
  { providerOf, integrationsOf }: OutboxChannels,
  secret: string,
  incoming: IncomingMessage,
): Promise<OutboxEntry | undefined> {
  const [, given, channel = "", rest = ""] = /^\/([^/]*)\/([^/?]+)(.*)$/s.exec(incoming.url ?? "") ?? [];
  const body = await bodyOf(incoming);
  if (given !== secret || !isChannelType(channel) || body === undefined) return undefined;
  const { origins } = await providerOf(channel);
  const { method } = incoming;
  const request: ProviderRequest = {
    method: method === "GET" || method === "PUT" ? method : "POST",
    url: `${origins[0] ?? `https://${channel}.invalid`}${rest}`,
    headers: headersOf(incoming),
    ...(body === "" ? {} : { body }),
  };
  return {
    id: randomUUID(),
    receivedAt: now().toISOString(),
    channel,
    integrationIds: integrationsOfRequest(request, await integrationsOf(channel)).map(({ id }) => id),
    request,
    message: channelSamples[channel].readSent?.(request),
    externalId: randomUUID(),
    externalIds: [],
    reports: [],
  };
}

async function bodyOf(incoming: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming) {
    length += chunk.length;
    if (length > bodyLimit) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Answers the headers that our sender wrote, not those of the connection. */
const headersOf = ({ headers }: IncomingMessage): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined || value === "*/*" || ofConnection.has(name) ? [] : [[name, String(value)]],
    ),
  );

const ofConnection = new Set([
  ...["host", "connection", "content-length", "transfer-encoding", "keep-alive", "accept-encoding"],
  ...["accept-language", "sec-fetch-mode", "user-agent"],
]);
