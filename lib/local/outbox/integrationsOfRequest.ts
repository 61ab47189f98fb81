import type { ProviderRequest } from "../../model/channelCall.ts";
import type { OutboxIntegration } from "./outboxEntry.ts";

/** Characters that a credential has at least, so that it does not stand in a request by chance. */
const leastLength = 6;

/**
 * Finds the integrations that a request is made with, by the credentials that stand in it: those of which the most do.
 * A provider knows its account in the same way.
 */
export function integrationsOfRequest(
  request: ProviderRequest,
  integrations: readonly OutboxIntegration[],
): readonly OutboxIntegration[] {
  const text = textOfRequest(request);
  const counted = integrations.map((integration) => ({
    integration,
    count: Object.values(integration.credentials).filter(
      (value) => typeof value === "string" && value.length >= leastLength && text.includes(value),
    ).length,
  }));
  const most = Math.max(1, ...counted.map(({ count }) => count));
  return counted.filter(({ count }) => count === most).map(({ integration }) => integration);
}

/** Writes out everything that a request says, as it is and decoded. */
function textOfRequest({ url, headers, body = "" }: ProviderRequest): string {
  const basic = Object.values(headers).map((value) => /^Basic (\S+)$/i.exec(value)?.[1]);
  const credentials = basic.map((encoded) => Buffer.from(encoded ?? "", "base64").toString());
  return [url, decoded(url), ...Object.values(headers), ...credentials, body, decoded(body)].join("\n");
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return "";
  }
}
