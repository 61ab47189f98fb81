import { channels } from "./channels.ts";
import { core } from "./coreRuntime.ts";
import type { App } from "./domain/app.ts";
import { type Channel, type ChannelEvent, type ChannelRequest, isChannelType } from "./domain/channel.ts";
import { idsOf } from "./domain/contact.ts";
import { type ChannelIntegration, readAddresses } from "./store/channelAddresses.ts";
import { storedBefore } from "./store/channelMessages.ts";

/**
 * The ids of the users whom a delivery was of, each once; none for what made nobody or is not stored yet. For the local
 * server: no channel tells those who call it whom it made, and no answer of ours does.
 */
export async function peopleOfDelivery(integrationId: string, delivery: ChannelRequest): Promise<readonly string[]> {
  const integration = await core.tenants.integration(integrationId);
  const app = integration && (await core.tenants.app(integration.appId));
  if (!app || !isChannelType(integration.type)) return [];
  const channel: Channel = channels[integration.type];
  // What stands in an integration was checked field by field when it was made.
  const credentials = integration.fields as Readonly<Record<string, string | boolean | undefined>>;
  const { events } = channel.parse(delivery, credentials);
  const people = await Promise.all(
    events.map((event) => userOfEvent(app, { id: integrationId, type: channel.type }, event)),
  );
  return [...new Set(people.filter((id) => id !== undefined))];
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
