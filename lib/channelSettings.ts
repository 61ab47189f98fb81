import { channels } from "./channels.ts";
import type { Channel, ChannelType } from "./domain/channel.ts";

/**
 * What is configured of each channel, as its file declares it. Bundles hold this module as the data it evaluates to
 * (`lib/infra/bundle.ts`), so that a Lambda that knows a channel's fields does not carry how its deliveries are read.
 */
export const channelSettings = Object.fromEntries(
  Object.values(channels).map(({ type, fields, oneOf }) => [type, { fields, oneOf }]),
  // `fromEntries` forgets which names it was given: those of `channels`, every type there is.
) as Readonly<Record<ChannelType, Pick<Channel, "fields" | "oneOf">>>;
