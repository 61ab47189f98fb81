import type { ChannelType } from "../model/channel.ts";
import type { ChannelReceiver } from "./contract.ts";

/** The registry of channels, one line for each: the other files of a channel's folder are found by its name. */
const channels: Readonly<Record<ChannelType, () => Promise<{ readonly receive: ChannelReceiver }>>> = {
  instagram: () => import("./instagram/receive.ts"),
  line: () => import("./line/receive.ts"),
  mailgun: () => import("./mailgun/receive.ts"),
  messagebird: () => import("./messagebird/receive.ts"),
  messenger: () => import("./messenger/receive.ts"),
  telegram: () => import("./telegram/receive.ts"),
  twilio: () => import("./twilio/receive.ts"),
  viber: () => import("./viber/receive.ts"),
  whatsapp: () => import("./whatsapp/receive.ts"),
};

/**
 * Loads a channel at its first delivery, so that no Lambda's start waits for a channel, and no delivery for another's.
 */
export const loadChannel = async (type: ChannelType): Promise<ChannelReceiver> => (await channels[type]()).receive;
