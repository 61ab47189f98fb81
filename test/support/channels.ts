import type { ChannelReceiver, ChannelSettings } from "../../lib/channels/contract.ts";
import { type ChannelType, channelTypes } from "../../lib/model/channel.ts";

/** A channel as its folder declares it. */
export type Channel = ChannelSettings & ChannelReceiver & { readonly type: ChannelType };

const entries = channelTypes.map(async (type) => {
  const folder = `../../lib/channels/${type}`;
  const { settings }: { readonly settings: ChannelSettings } = await import(`${folder}/settings.ts`);
  const { receive }: { readonly receive: ChannelReceiver } = await import(`${folder}/receive.ts`);
  return [type, { ...settings, ...receive, type }] as const;
});

/** Every channel by its type. */
export const channels = Object.fromEntries(await Promise.all(entries)) as Readonly<Record<ChannelType, Channel>>;
