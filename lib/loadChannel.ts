import type { Channel, ChannelType } from "./domain/channel.ts";

const load: Readonly<Record<ChannelType, () => Promise<Channel>>> = {
  instagram: async () => (await import("./channels/instagram.ts")).instagram,
  line: async () => (await import("./channels/line.ts")).line,
  mailgun: async () => (await import("./channels/mailgun.ts")).mailgun,
  messagebird: async () => (await import("./channels/messagebird.ts")).messagebird,
  messenger: async () => (await import("./channels/messenger.ts")).messenger,
  telegram: async () => (await import("./channels/telegram.ts")).telegram,
  twilio: async () => (await import("./channels/twilio.ts")).twilio,
  viber: async () => (await import("./channels/viber.ts")).viber,
  whatsapp: async () => (await import("./channels/whatsapp.ts")).whatsapp,
};

/**
 * Loads a channel when its first delivery comes: a Lambda's start waits for no channel, and no delivery for any but its own.
 */
export const loadChannel = (type: ChannelType): Promise<Channel> => load[type]();
