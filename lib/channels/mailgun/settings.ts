import type { ChannelSettings } from "../contract.ts";

/** The settings of a Mailgun integration. */
export const settings: ChannelSettings = {
  fields: {
    apiKey: { required: true, secret: true },
    signingKey: { secret: true },
    domain: { required: true },
    incomingAddress: { required: true },
    hideUnsubscribeLink: { type: "boolean" },
    fromAddress: {},
    refuseUnverified: { type: "boolean" },
  },
};
