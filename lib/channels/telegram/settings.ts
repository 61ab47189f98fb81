import type { ChannelSettings } from "../contract.ts";

/** The settings of a Telegram integration. */
export const settings: ChannelSettings = {
  fields: {
    token: { required: true, secret: true },
    /** https://core.telegram.org/bots/api#setwebhook */
    secretToken: { secret: true, generated: true, maxLength: 256, pattern: /^[A-Za-z0-9_-]+$/ },
  },
};
