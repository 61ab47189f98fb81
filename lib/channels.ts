import { instagram } from "./channels/instagram.ts";
import { line } from "./channels/line.ts";
import { mailgun } from "./channels/mailgun.ts";
import { messagebird } from "./channels/messagebird.ts";
import { messenger } from "./channels/messenger.ts";
import { telegram } from "./channels/telegram.ts";
import { twilio } from "./channels/twilio.ts";
import { viber } from "./channels/viber.ts";
import { whatsapp } from "./channels/whatsapp.ts";
import type { Channel, ChannelType } from "./domain/channel.ts";

/** Every messaging channel by its type. A test holds it against the folder `channels`. */
export const channels: Readonly<Record<ChannelType, Channel>> = {
  instagram,
  line,
  mailgun,
  messagebird,
  messenger,
  telegram,
  twilio,
  viber,
  whatsapp,
};
