import type { SignedDelivery } from "../../channels/contract.ts";
import { now } from "../../model/sources/clock.ts";
import { channelSamples, signedDelivery } from "../channelSamples.ts";
import type { OutboxEntry, ReportedState } from "./outboxEntry.ts";
import type { OutboxChannels } from "./receivedEntry.ts";

/**
 * Signs the provider's reports on a message: one to each integration that it may be of, none where the channel has no
 * such report.
 */
export async function signedReports(
  { integrationsOf }: OutboxChannels,
  { channel, externalId, integrationIds, message }: OutboxEntry,
  state: ReportedState,
): Promise<readonly SignedDelivery[]> {
  if (!message) return [];
  const integrations = (await integrationsOf(channel)).filter(({ id }) => integrationIds.includes(id));
  return integrations.flatMap(({ id, credentials, webhookUrl }) => {
    const target = { credentials, publicUrl: webhookUrl, now: now() };
    const payload = channelSamples[channel].report?.({ externalId, personId: message.personId, state }, target);
    if (payload === undefined) return [];
    // If `PUBLIC_URL` has a path, a proxy removes it before this server.
    const path = `/webhooks/${id}${new URL(webhookUrl).search}`;
    return [{ ...signedDelivery(channel, payload, target), path }];
  });
}
