import { channels } from "./channels.ts";
import { core } from "./coreRuntime.ts";
import { type Channel, type ChannelRequest, isChannelType } from "./domain/channel.ts";
import { idsOf } from "./domain/contact.ts";
import { channelAddress } from "./store/keys.ts";

/**
 * The id of the user whom a delivery was of; `undefined` when it made nobody, or is not stored yet. For the local server:
 * no channel tells those who call it whom it made, and no answer of ours does.
 */
export async function personOfDelivery(integrationId: string, delivery: ChannelRequest): Promise<string | undefined> {
  const integration = await core.tenants.integration(integrationId);
  const app = integration && (await core.tenants.app(integration.appId));
  if (!app || !isChannelType(integration.type)) return undefined;
  const channel: Channel = channels[integration.type];
  // What stands in an integration was checked field by field when it was made.
  const credentials = integration.fields as Readonly<Record<string, string | boolean | undefined>>;
  const [event] = channel.parse(delivery, credentials).events;
  if (!event) return undefined;
  const address = channelAddress(app.salt, integrationId, idsOf(event.person)[0] ?? "");
  // The address itself is no answer: where somebody was deleted, who came after has another id.
  return (await core.users.follow(app.id, await core.users.find(app.id, address)))?.user.id;
}
