import type { ChannelType } from "../model/channel.ts";
import type { ChannelSender } from "./contract.ts";
import { readOfApi } from "./kit/providerAnswer.ts";

/** The registry of channels' senders, one line for each. */
const senders: Readonly<Record<ChannelType, () => Promise<{ readonly send: ChannelSender }>>> = {
  instagram: () => import("./instagram/send.ts"),
  line: () => import("./line/send.ts"),
  mailgun: () => import("./mailgun/send.ts"),
  messagebird: () => import("./messagebird/send.ts"),
  messenger: () => import("./messenger/send.ts"),
  telegram: () => import("./telegram/send.ts"),
  twilio: () => import("./twilio/send.ts"),
  viber: () => import("./viber/send.ts"),
  whatsapp: () => import("./whatsapp/send.ts"),
};

/** Loads a channel's sender when the first message goes there. It reads no answer that is not of an API. */
export async function loadSender(type: ChannelType): Promise<ChannelSender> {
  const { send } = await senders[type]();
  return { ...send, read: (answer) => readOfApi(answer, send.read) };
}
