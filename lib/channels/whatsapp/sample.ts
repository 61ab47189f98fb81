import type { Credentials } from "../../model/channel.ts";
import { recordOf } from "../../model/values/providerValue.ts";
import type { ChannelSample, SamplePayload } from "../contract.ts";
import { sampleFile } from "../kit/sampleFile.ts";
import { digitsOf, jsonBodyOf, randomSecret, secondsOf } from "../kit/sampleText.ts";
import { graphAnswer, signAsMeta, wordsIn } from "../meta/metaSample.ts";

const phoneNumber = "106540352242922";
/** Where Meta keeps files. https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media */
const mediaUrl = "https://lookaside.fbsbx.com/whatsapp_business/attachments/";
const account = "102290129340398";
const shownNumber = "15550783881";

/** Messages of WhatsApp's Cloud API. */
export const sample: ChannelSample = {
  label: "WhatsApp",
  demoFields: () => ({
    appSecret: randomSecret(),
    phoneNumberId: phoneNumber,
    accountId: account,
    accessToken: randomSecret(),
  }),
  write: ({ id, name, text, messageId }, { credentials, now }) =>
    payloadOf(credentials, {
      contacts: [{ profile: { name }, wa_id: digitsOf(id) }],
      messages: [
        { from: digitsOf(id), id: messageId, timestamp: String(secondsOf(now)), type: "text", text: { body: text } },
      ],
    }),
  sign: signAsMeta,
  answer: (request, externalId) => {
    if (new URL(request.url).pathname === new URL(mediaUrl).pathname) return sampleFile;
    if (request.method === "GET")
      return graphAnswer({ id: phoneNumber, display_phone_number: "+1 555-078-3881", url: `${mediaUrl}?mid=1` });
    const { to, recipient, status } = jsonBodyOf(request);
    const input = to ?? recipient;
    if (status === "read" || input === undefined) return graphAnswer({ success: true });
    const contact = to === undefined ? { input, user_id: input } : { input, wa_id: String(input).replace(/\D/g, "") };
    return graphAnswer({ messaging_product: "whatsapp", contacts: [contact], messages: [{ id: externalId }] });
  },
  report: ({ externalId, personId, state }, { credentials, now }) => {
    const errors = state === "failed" ? { errors: [undeliverable] } : {};
    const status = {
      id: externalId,
      status: state,
      timestamp: String(secondsOf(now)),
      recipient_id: personId,
      ...errors,
    };
    return payloadOf(credentials, { statuses: [status] });
  },
  readSent: (request) => {
    const { to, recipient, type, ...rest } = jsonBodyOf(request);
    const personId = to ?? recipient;
    if (typeof personId !== "string") return undefined;
    return { personId, text: wordsIn(typeof type === "string" ? recordOf(rest)[type] : rest).join("\n") };
  },
};

/** https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages/status */
const undeliverable = {
  code: 131026,
  title: "Message undeliverable",
  message: "Message undeliverable",
  error_data: { details: "Message Undeliverable." },
};

function payloadOf(credentials: Credentials, told: object): SamplePayload {
  const value = {
    messaging_product: "whatsapp",
    metadata: {
      display_phone_number: shownNumber,
      phone_number_id: String(credentials.phoneNumberId ?? phoneNumber),
    },
    ...told,
  };
  const entry = { id: String(credentials.accountId ?? account), changes: [{ field: "messages", value }] };
  return { object: "whatsapp_business_account", entry: [entry] };
}
