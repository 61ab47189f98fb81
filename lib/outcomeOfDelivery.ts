import { core } from "./coreRuntime.ts";
import type { App } from "./domain/app.ts";
import { type ChannelEvent, type ChannelRequest, type Credentials, isChannelType } from "./domain/channel.ts";
import { idsOf } from "./domain/contact.ts";
import { loadChannel } from "./loadChannel.ts";
import { type ChannelIntegration, readAddresses } from "./store/channelAddresses.ts";
import { storedBefore } from "./store/channelMessages.ts";

/** What became of a delivery, as far as it can be told afterwards. */
export interface DeliveryOutcome {
  /** The ids of the users whom it was of, each once; none for what made nobody, or is not stored yet. */
  readonly userIds: readonly string[];
  /** Why parts of it made nobody, or why it was refused. */
  readonly reasons: readonly string[];
}

/** Tells what became of a delivery. For the local server: no channel tells those who call it, and no answer of ours does. */
export async function outcomeOfDelivery(integrationId: string, delivery: ChannelRequest): Promise<DeliveryOutcome> {
  const place = await placeOf(integrationId);
  if (!place) return { userIds: [], reasons: [] };
  const { app, channel, credentials } = place;
  const { events, skipped } = channel.parse(delivery, credentials);
  const people = await Promise.all(
    events.map((event) => userOfEvent(app, { id: integrationId, type: channel.type }, event)),
  );
  return { userIds: [...new Set(people.filter((id) => id !== undefined))], reasons: [...new Set(skipped)] };
}

/** Who said what is stored of an event; of one that says nothing, who has one of its ids now. */
async function userOfEvent(
  app: App,
  integration: ChannelIntegration,
  event: ChannelEvent,
): Promise<string | undefined> {
  const ids = event.kind === "identityChanged" ? event.to : idsOf(event.person);
  const addresses = await readAddresses(core.table, app, integration, ids);
  const speaks = event.kind === "message" || event.kind === "postback";
  const userId = speaks
    ? (await storedBefore(core.table, app, integration, event, addresses))?.author.userId
    : addresses.find(({ holder }) => holder)?.holder?.userId;
  if (userId === undefined) return undefined;
  return (await core.users.follow(app.id, await core.users.find(app.id, userId)))?.user.id;
}

/** Tells why a delivery, as it came to this machine, was refused. */
export async function refusalOfDelivery(integrationId: string, received: ChannelRequest): Promise<DeliveryOutcome> {
  const place = await placeOf(integrationId);
  if (!place) return { userIds: [], reasons: [] };
  // Signatures cover the address that the provider called.
  const { origin, pathname, search } = new URL(received.publicUrl);
  const publicUrl = (core.environment.publicUrl ?? origin) + pathname + search;
  const verdict = place.channel.verify({ ...received, publicUrl }, place.credentials);
  return { userIds: [], reasons: verdict.ok ? [] : [verdict.reason] };
}

async function placeOf(integrationId: string) {
  const integration = await core.tenants.integration(integrationId);
  const app = integration && (await core.tenants.app(integration.appId));
  if (!app || !isChannelType(integration.type)) return undefined;
  const channel = await loadChannel(integration.type);
  // What stands in an integration was checked field by field when it was made.
  const credentials = integration.fields as Credentials;
  return { app, channel, credentials };
}
