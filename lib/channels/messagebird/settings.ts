import type { ChannelSettings } from "../contract.ts";

/** The settings of a MessageBird integration. */
export const settings: ChannelSettings = {
  fields: {
    accessKey: { required: true, secret: true },
    signingKey: { required: true, secret: true },
    originator: { required: true },
    webhookSecret: { secret: true, generated: true },
  },
};
