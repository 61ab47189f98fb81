import type { ChannelSettings } from "../contract.ts";
import { metaFields } from "../meta/metaFields.ts";

/** The settings of an Instagram integration. */
export const settings: ChannelSettings = {
  fields: {
    pageAccessToken: { required: true, secret: true },
    appId: { required: true },
    appSecret: { required: true, secret: true },
    ...metaFields,
    businessId: {},
    storyRepliesEnabled: { type: "boolean" },
    storyMentionsEnabled: { type: "boolean" },
  },
};
