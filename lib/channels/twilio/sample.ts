import { createHmac } from "node:crypto";
import type { ChannelSample } from "../contract.ts";
import { digitsOf, formHeaders, formOf, randomSecret, requiredSecret } from "../kit/sampleText.ts";

const account = "ACa1b4c65ee0722712fab89867cb14eac7";

/** SMS by Twilio. */
export const sample: ChannelSample = {
  label: "Twilio SMS",
  demoFields: () => ({
    accountSid: account,
    authToken: randomSecret(),
    phoneNumberSid: "PN0674df59ee0c80819c02ceb8bf1a39ee",
  }),
  write: ({ id, text, messageId }, { credentials }) => ({
    AccountSid: String(credentials.accountSid ?? account),
    ApiVersion: "2010-04-01",
    Body: text,
    From: /^([a-z]+:)?\+/.test(id) ? id : `+${digitsOf(id)}`,
    FromCity: "MONTREAL",
    FromCountry: "CA",
    FromState: "QC",
    FromZip: "",
    MessageSid: messageId,
    NumMedia: "0",
    NumSegments: "1",
    SmsMessageSid: messageId,
    SmsSid: messageId,
    SmsStatus: "received",
    To: "+15145550100",
  }),
  sign(payload, { credentials, publicUrl }) {
    const fields = formOf(payload);
    const values = [...fields].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => name + value);
    const signature = createHmac("sha1", requiredSecret(credentials, "authToken"))
      .update(publicUrl + values.join(""))
      .digest("base64");
    return { headers: { ...formHeaders, "x-twilio-signature": signature }, body: fields.toString() };
  },
};
