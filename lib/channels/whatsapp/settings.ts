import type { ChannelSettings } from "../contract.ts";
import { metaFields } from "../meta/metaFields.ts";

/** The settings of a WhatsApp integration. */
export const settings: ChannelSettings = {
  // The vendor hosts WhatsApp itself, so its API requires none of these; with a Meta app of your own the first three
  // are needed.
  fields: {
    appSecret: { secret: true },
    ...metaFields,
    phoneNumberId: {},
    accountId: {},
    accountManagementAccessToken: { secret: true },
    hsmFallbackLanguage: {},
  },
};
