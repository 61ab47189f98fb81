import type { ChannelSettings } from "../contract.ts";
import { metaFields } from "../meta/metaFields.ts";

/** The settings of a WhatsApp integration. */
export const settings: ChannelSettings = {
  // The vendor hosts WhatsApp itself, so its API requires none of these; with a Meta app of your own the first three
  // are needed to receive messages, and the access token to send them.
  fields: {
    appSecret: { secret: true },
    ...metaFields,
    phoneNumberId: {},
    accessToken: { secret: true },
    accountId: {},
    accountManagementAccessToken: { secret: true },
    hsmFallbackLanguage: {},
  },
};
