import { channels } from "./channels.ts";
import { core } from "./coreRuntime.ts";
import { type Channel, type ChannelRequest, isChannelType } from "./domain/channel.ts";
import { idsOf } from "./domain/contact.ts";
import { channelAddress } from "./store/keys.ts";

/** What became of a delivery that was acknowledged, as far as it can be told afterwards. */
export interface DeliveryOutcome {
  /** The user whom it was of; absent when it made nobody, or is not stored yet. */
  readonly userId?: string | undefined;
  /** Why parts of it made nobody. */
  readonly reasons: readonly string[];
}

/** Tells what became of a delivery. For the local server: no channel tells those who call it, and no answer of ours does. */
export async function outcomeOfDelivery(integrationId: string, delivery: ChannelRequest): Promise<DeliveryOutcome> {
  const place = await placeOf(integrationId);
  if (!place) return { reasons: [] };
  const { events, skipped } = place.channel.parse(delivery, place.credentials);
  const reasons = [...new Set(skipped)];
  const [event] = events;
  if (!event) return { reasons };
  const address = channelAddress(place.app.salt, integrationId, idsOf(event.person)[0] ?? "");
  // The address itself is no answer: where somebody was deleted, who came after has another id.
  const user = (await core.users.follow(place.app.id, await core.users.find(place.app.id, address)))?.user;
  return { userId: user?.id, reasons };
}

/** Tells why a delivery, as it came to this machine, was refused. */
export async function refusalOfDelivery(integrationId: string, received: ChannelRequest): Promise<DeliveryOutcome> {
  const place = await placeOf(integrationId);
  if (!place) return { reasons: [] };
  // Signatures cover the address that the provider called.
  const { origin, pathname, search } = new URL(received.publicUrl);
  const publicUrl = (core.environment.publicUrl ?? origin) + pathname + search;
  const verdict = place.channel.verify({ ...received, publicUrl }, place.credentials);
  return { reasons: verdict.ok ? [] : [verdict.reason] };
}

async function placeOf(integrationId: string) {
  const integration = await core.tenants.integration(integrationId);
  const app = integration && (await core.tenants.app(integration.appId));
  if (!app || !isChannelType(integration.type)) return undefined;
  const channel: Channel = channels[integration.type];
  // What stands in an integration was checked field by field when it was made.
  const credentials = integration.fields as Readonly<Record<string, string | boolean | undefined>>;
  return { app, channel, credentials };
}
