import { type ChannelType, channelTypes } from "../model/channel.ts";
import type { ChannelSettings } from "./contract.ts";

const entries = channelTypes.map(async (type) => {
  const module: { readonly settings: ChannelSettings } = await import(`./${type}/settings.ts`);
  return [type, module.settings] as const;
});

/**
 * The settings of each channel. Bundles hold this module as the data it evaluates to (`lib/infra/bundle.ts`). A cast
 * because `fromEntries` forgets the names: those of `channelTypes`.
 */
export const channelSettings = Object.fromEntries(await Promise.all(entries)) as Readonly<
  Record<ChannelType, ChannelSettings>
>;
