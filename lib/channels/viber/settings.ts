import type { ChannelSettings } from "../contract.ts";

/** The settings of a Viber integration. */
export const settings: ChannelSettings = {
  fields: { token: { required: true, secret: true } },
};
