import type { ChannelSettings } from "../contract.ts";

/** The settings of a LINE integration. */
export const settings: ChannelSettings = {
  // None is required: a webhook is set up before LINE gives out the id and the secret.
  fields: {
    channelId: {},
    channelSecret: { secret: true },
    channelAccessToken: { secret: true },
    serviceCode: {},
    switcherSecret: { secret: true },
    qrCodeUrl: {},
  },
};
