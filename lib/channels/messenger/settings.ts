import type { ChannelSettings } from "../contract.ts";
import { metaFields } from "../meta/metaFields.ts";

/** The settings of a Messenger integration. */
export const settings: ChannelSettings = {
  fields: {
    pageAccessToken: { required: true, secret: true },
    appId: { required: true },
    appSecret: { required: true, secret: true },
    ...metaFields,
    pageId: { numeric: true },
    pageName: {},
  },
};
