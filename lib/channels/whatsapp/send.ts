import type { Credentials } from "../../model/channel.ts";
import type { ProviderRequest, Recipient } from "../../model/channelCall.ts";
import type { JsonRecord } from "../../model/values/providerValue.ts";
import type { ChannelSender, SendTarget } from "../contract.ts";
import { answered } from "../kit/providerAnswer.ts";
import { givenText } from "../kit/signature.ts";
import { readGraphAnswer } from "../meta/metaAnswer.ts";
import { type GraphAccess, graphOrigin, graphPost, graphRead, pathPart } from "../meta/metaGraph.ts";
import { payloadsOf } from "./payloadsOf.ts";

/**
 * WhatsApp Cloud API. https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/send-messages.
 * It has no key that makes a repeated request one message.
 */
export const send = {
  needs: ["phoneNumberId", "accessToken"],
  origins: [graphOrigin],
  reports: true,
  idempotent: false,
  write: ({ content, quotedExternalId, override }, target) => {
    const language = givenText(target.credentials, "hsmFallbackLanguage") ?? "en_US";
    const payloads = override === undefined ? payloadsOf(content, language) : [override];
    return payloads.map((payload, place) => {
      const quotes = place === 0 && quotedExternalId !== undefined && override === undefined;
      return sent(quotes ? { context: { message_id: quotedExternalId }, ...payload } : payload, target);
    });
  },
  read: (answer) => readGraphAnswer(answer),
  typing: (activity, { credentials }, latest) =>
    activity === "typing:start" && latest !== undefined
      ? marked(credentials, { message_id: latest.externalId, typing_indicator: { type: "text" } })
      : undefined,
  markRead: ({ credentials }, latest) => latest && marked(credentials, { message_id: latest.externalId }),
  check: (credentials) =>
    graphRead(pathPart(credentials, "phoneNumberId"), ["id", "display_phone_number"], accessOf(credentials)),
  learned: (answer): Readonly<Record<string, string>> => {
    const { display_phone_number: shown } = answered(answer);
    const phoneNumber = typeof shown === "string" ? shown.replace(/\D/g, "") : "";
    return phoneNumber === "" ? {} : { phoneNumber };
  },
  register,
} satisfies ChannelSender;

const accessOf = (credentials: Credentials): GraphAccess => ({ token: givenText(credentials, "accessToken") ?? "" });

/** Writes a payload to a person: what the payload says of a person does not count. */
function sent(payload: JsonRecord, { credentials, recipient }: SendTarget): ProviderRequest {
  const { to: _, recipient: __, ...rest } = payload;
  const person = { recipient_type: "individual", ...addressOf(recipient) };
  const body = { messaging_product: "whatsapp", ...person, ...rest };
  return graphPost(`${pathPart(credentials, "phoneNumberId")}/messages`, body, accessOf(credentials));
}

/**
 * Picks the id to which is sent: the number, or else the business-scoped user id, which has another field.
 * https://developers.facebook.com/documentation/business-messaging/whatsapp/business-scoped-user-ids#sending-messages
 */
function addressOf({ externalId, aliases }: Recipient): JsonRecord {
  const number = [externalId, ...aliases].find((id) => /^\+?\d+$/.test(id));
  return number === undefined ? { recipient: externalId } : { to: number };
}

/**
 * Marks a message, and all before it, as read. The typing indicator goes with that, and ends by itself after 25 seconds.
 * https://developers.facebook.com/documentation/business-messaging/whatsapp/typing-indicators
 */
const marked = (credentials: Credentials, body: JsonRecord): ProviderRequest =>
  graphPost(
    `${pathPart(credentials, "phoneNumberId")}/messages`,
    { messaging_product: "whatsapp", status: "read", ...body },
    accessOf(credentials),
  );

/**
 * Subscribes the app to the account, and has what is for this number come to the webhook, whatever URL the app has.
 * https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/override
 */
function register(credentials: Credentials, webhookUrl: string): readonly ProviderRequest[] {
  const access = accessOf(credentials);
  const verify_token = givenText(credentials, "verifyToken");
  const webhook_configuration = { override_callback_uri: webhookUrl, verify_token };
  const override = graphPost(pathPart(credentials, "phoneNumberId"), { webhook_configuration }, access);
  const account = pathPart(credentials, "accountId");
  return account === "" ? [override] : [graphPost(`${account}/subscribed_apps`, {}, access), override];
}
