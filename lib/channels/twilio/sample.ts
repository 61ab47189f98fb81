import { createHash, createHmac } from "node:crypto";
import { linesOf } from "../../model/content/contentKind.ts";
import type { ChannelSample } from "../contract.ts";
import { sampleFile } from "../kit/sampleFile.ts";
import { digitsOf, formHeaders, formOf, jsonAnswer, randomSecret, requiredSecret } from "../kit/sampleText.ts";

const account = "ACa1b4c65ee0722712fab89867cb14eac7";

const ownNumber = "+15145550100";

/** Makes the id of a message as Twilio would; one that is such an id stays. */
const sidOf = (id: string): string =>
  /^(?:SM|MM)[0-9a-f]{32}$/.test(id) ? id : `SM${createHash("sha256").update(id).digest("hex").slice(0, 32)}`;

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
    To: ownNumber,
  }),
  answer(request, externalId) {
    const path = URL.canParse(request.url) ? new URL(request.url).pathname : "";
    if (path.includes("/Media/")) return sampleFile;
    const form = formOf(request.body ?? "");
    if (path.endsWith("/Messages.json")) {
      const message = { sid: sidOf(externalId), status: "queued", to: form.get("To"), body: form.get("Body") };
      return jsonAnswer(201, { ...message, error_code: null, error_message: null });
    }
    if (path.endsWith("/Typing.json")) return jsonAnswer(200, { success: true });
    return jsonAnswer(200, {
      sid: path
        .split("/")
        .at(-1)
        ?.replace(/\.json$/, ""),
      phone_number: ownNumber,
    });
  },
  report: ({ externalId, personId, state }, { credentials }) => ({
    AccountSid: String(credentials.accountSid ?? account),
    ApiVersion: "2010-04-01",
    From: personId.startsWith("whatsapp:") ? `whatsapp:${ownNumber}` : ownNumber,
    MessageSid: sidOf(externalId),
    MessageStatus: state === "failed" ? "undelivered" : state,
    SmsSid: sidOf(externalId),
    SmsStatus: state === "failed" ? "undelivered" : state,
    To: personId,
    ...(state === "failed" ? { ErrorCode: "30003", ErrorMessage: "Unreachable destination handset" } : {}),
  }),
  readSent(request) {
    const form = formOf(request.body ?? "");
    const personId = form.get("To");
    if (personId === null) return undefined;
    const shown = ["Body", "PersistentAction"].map((name) => form.get(name) ?? undefined);
    return { personId, text: linesOf(...shown, ...form.getAll("MediaUrl")) };
  },
  sign(payload, { credentials, publicUrl }) {
    const fields = formOf(payload);
    const values = [...fields].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => name + value);
    const signature = createHmac("sha1", requiredSecret(credentials, "authToken"))
      .update(publicUrl + values.join(""))
      .digest("base64");
    return { headers: { ...formHeaders, "x-twilio-signature": signature }, body: fields.toString() };
  },
};
