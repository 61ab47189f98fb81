import type { ChannelSettings } from "../contract.ts";

/** The settings of a Twilio integration. */
export const settings: ChannelSettings = {
  fields: {
    accountSid: { required: true },
    authToken: { required: true, secret: true },
    /** The secret of the key with which Twilio signs, if webhooks are signed with a shared key. */
    sharedKeySecret: { secret: true },
    phoneNumberSid: {},
    messagingServiceSid: {},
  },
  oneOf: [["phoneNumberSid", "messagingServiceSid"]],
};
