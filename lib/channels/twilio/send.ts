import type { Credentials } from "../../model/channel.ts";
import type { OutgoingMessage, ProviderRequest } from "../../model/channelCall.ts";
import { linesOf } from "../../model/content/contentKind.ts";
import type { LocationContent } from "../../model/content/location.ts";
import type { Content } from "../../model/message.ts";
import { idOf, numberOf } from "../../model/values/providerValue.ts";
import type { ChannelSender, SendTarget } from "../contract.ts";
import { plainText, splitText, textBeside, withButtonLines } from "../kit/fallback.ts";
import { basicAuthorization, type FormValues, formRequest, isPublicUrl } from "../kit/formRequest.ts";
import { accepted, answered, isSuccess, resultOfStatus } from "../kit/providerAnswer.ts";
import { givenText } from "../kit/signature.ts";
import { resultOfCode } from "./failures.ts";

const api = "https://api.twilio.com";
const messagingApi = "https://messaging.twilio.com";

/**
 * Messages by Twilio: SMS and MMS, and WhatsApp, for a person whose id has its prefix.
 * https://www.twilio.com/docs/messaging/api/message-resource
 */
export const send: ChannelSender = {
  needs: ["accountSid", "authToken"],
  origins: [api, messagingApi],
  reports: true,
  // The API takes no key by which it would know a message again.
  idempotent: false,
  mustLearn: (credentials) =>
    givenText(credentials, "messagingServiceSid") === undefined && givenText(credentials, "phoneNumber") === undefined,
  write: (message, target) =>
    partsOf(message, target).map((part) =>
      request(target.credentials, `${accountUrl(target.credentials)}/Messages.json`, {
        To: target.recipient.externalId,
        ...senderOf(target),
        ...part,
        // A URL that Twilio cannot call would fail the message. https://www.twilio.com/docs/api/errors/21609
        ...(isPublicUrl(target.webhookUrl) ? { StatusCallback: target.webhookUrl } : {}),
      }),
    ),
  read(answer) {
    const fields = answered(answer);
    const code = numberOf(fields.error_code) ?? numberOf(fields.code) ?? 0;
    if (isSuccess(answer))
      return code > 0 ? resultOfCode(code, fields.error_message, answer) : accepted(idOf(fields.sid));
    return code > 0 ? resultOfCode(code, fields.message, answer) : resultOfStatus(answer, fields.message);
  },
  /** Marks the latest message as read, too. https://www.twilio.com/docs/whatsapp/api/typing-indicators-resource */
  typing(activity, { credentials, recipient }, latest) {
    const isKnown = latest !== undefined && /^(?:SM|MM)/.test(latest.externalId);
    if (activity !== "typing:start" || !isKnown || !isWhatsapp(recipient.externalId)) return undefined;
    const form = { messageId: latest.externalId, channel: "whatsapp" };
    return request(credentials, `${messagingApi}/v2/Indicators/Typing.json`, form);
  },
  check: (credentials) => ({
    method: "GET",
    url: senderUrl(credentials),
    headers: basicAuthorization(credentials.accountSid, credentials.authToken),
  }),
  learned(answer): Readonly<Record<string, string>> {
    const number = answered(answer).phone_number;
    return typeof number === "string" && /^\+\d{3,20}$/.test(number) ? { phoneNumber: number } : {};
  },
  /**
   * https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource,
   * https://www.twilio.com/docs/messaging/api/service-resource
   */
  register: (credentials, webhookUrl) => [
    request(
      credentials,
      senderUrl(credentials),
      givenText(credentials, "messagingServiceSid") === undefined
        ? { SmsUrl: webhookUrl, SmsMethod: "POST" }
        : { InboundRequestUrl: webhookUrl, InboundMethod: "POST", UseInboundWebhookOnNumber: "false" },
    ),
  ],
};

const isWhatsapp = (id: string): boolean => id.startsWith("whatsapp:");

const pathPart = (credentials: Credentials, name: string): string =>
  encodeURIComponent((givenText(credentials, name) ?? "").toWellFormed());

const accountUrl = (credentials: Credentials): string =>
  `${api}/2010-04-01/Accounts/${pathPart(credentials, "accountSid")}`;

/** Names the number or the messaging service that sends, and to which people write. */
const senderUrl = (credentials: Credentials): string =>
  givenText(credentials, "messagingServiceSid") === undefined
    ? `${accountUrl(credentials)}/IncomingPhoneNumbers/${pathPart(credentials, "phoneNumberSid")}.json`
    : `${messagingApi}/v1/Services/${pathPart(credentials, "messagingServiceSid")}`;

const request = (credentials: Credentials, url: string, values: FormValues): ProviderRequest =>
  formRequest(url, values, basicAuthorization(credentials.accountSid, credentials.authToken));

/**
 * Names the sender: a messaging service, which picks a number of its own, or the number, which has a prefix on WhatsApp.
 * The API takes no number's SID.
 */
function senderOf({ credentials, recipient }: SendTarget): FormValues {
  const service = givenText(credentials, "messagingServiceSid");
  if (service !== undefined) return { MessagingServiceSid: service };
  const number = givenText(credentials, "phoneNumber") ?? givenText(credentials, "phoneNumberSid") ?? "";
  return { From: isWhatsapp(recipient.externalId) ? `whatsapp:${number}` : number };
}

/** Characters of a body, on each of Twilio's channels. https://www.twilio.com/docs/api/errors/21617 */
const bodyLimit = { size: 1600, in: "units" } as const;

/** Splits a message into the API's: what it shows, and below that the rest of a long text. */
function partsOf({ content }: OutgoingMessage, { recipient }: SendTarget): readonly FormValues[] {
  const shown = shownOf(content, recipient.externalId);
  const bodies = splitText(shown?.body ?? plainText(content), bodyLimit);
  const [first, ...more] = bodies.map((body) => ({ Body: body }));
  return [{ ...first, ...shown?.values }, ...more];
}

interface Shown {
  readonly body: string;
  readonly values: FormValues;
}

/** Shows a file or a place as such, where the person's channel can; `undefined` for what is text there. */
function shownOf(content: Content, recipientId: string): Shown | undefined {
  if (content.type === "location") return isWhatsapp(recipientId) ? shownPlace(content) : undefined;
  if (content.type !== "image" && content.type !== "file") return undefined;
  const { mediaUrl, mediaSize = 0 } = content;
  const takes = isWhatsapp(recipientId) ? sizes.whatsapp : mmsSizeOf(content, recipientId);
  if (mediaUrl === undefined || mediaSize > takes) return undefined;
  const actions = "actions" in content ? (content.actions ?? []) : [];
  return { body: withButtonLines(textBeside(content), actions), values: { MediaUrl: mediaUrl } };
}

/** Bytes of a file. https://www.twilio.com/docs/api/errors/11751 */
const sizes = { mms: 5_000_000, whatsapp: 16_000_000 } as const;

/**
 * Tells how large a file may be in an MMS to this number: pictures reach numbers of the United States and Canada, any
 * other file is a link. https://www.twilio.com/docs/messaging/guides/accepted-mime-types
 */
const mmsSizeOf = ({ type, mediaType }: Extract<Content, { type: "image" | "file" }>, recipientId: string): number =>
  type === "image" && /^\+1\d{10}$/.test(recipientId) && /^image\/(?:jpe?g|png|gif)$/.test(mediaType ?? "image/png")
    ? sizes.mms
    : -1;

/** Shows a place as WhatsApp does: `PersistentAction` of https://www.twilio.com/docs/messaging/api/message-resource */
function shownPlace({ coordinates: { lat, long }, location }: LocationContent): Shown {
  const label = (location?.address ?? location?.name ?? "").replace(/[\s|]+/g, " ").trim();
  const place = `geo:${lat.toFixed(6)},${long.toFixed(6)}`;
  const body = linesOf(location?.name, location?.name === undefined ? location?.address : undefined);
  return { body: body || "Location", values: { PersistentAction: label === "" ? place : `${place}|${label}` } };
}
