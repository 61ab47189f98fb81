import type { ChannelType } from "../model/channel.ts";
import type { ChannelMediaReader } from "./contract.ts";

/** The registry of the channels that give files only by their API, one line for each. */
const readers: Readonly<Partial<Record<ChannelType, () => Promise<{ readonly media: ChannelMediaReader }>>>> = {
  line: () => import("./line/media.ts"),
  telegram: () => import("./telegram/media.ts"),
  twilio: () => import("./twilio/media.ts"),
  whatsapp: () => import("./whatsapp/media.ts"),
};

/** Loads a channel's reader of files when the first file is fetched there; `undefined` if the channel needs none. */
export const loadMediaReader = async (type: ChannelType): Promise<ChannelMediaReader | undefined> =>
  (await readers[type]?.())?.media;
