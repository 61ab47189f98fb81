import { createHash, createHmac } from "node:crypto";
import type { ChannelType, Credentials } from "../domain/channel.ts";

/** A webhook call as its provider would make it. */
export interface SignedDelivery {
  readonly method: "POST";
  /** Path and query of the webhook's URL. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Whose webhook it is, and when it is called. */
export interface SampleTarget {
  /** The integration's fields, its secrets included. */
  readonly credentials: Credentials;
  /** The webhook's whole URL, as it is registered with the provider. */
  readonly publicUrl: string;
  readonly now: Date;
}

/** Who writes what. Ids may be any text: where a channel's ids are digits, digits are derived from it. */
export interface SamplePerson {
  readonly id: string;
  readonly name: string;
  readonly text: string;
  readonly messageId: string;
}

/** JSON already written, a value to write as JSON, or the fields of a form, as the channel takes it. */
export type SamplePayload = string | Readonly<Record<string, unknown>>;

/** A person's text message, correctly signed. Throws an `Error` that names a credential it needs and lacks. */
export function channelSample(
  type: ChannelType,
  sample: SampleTarget & { readonly person: SamplePerson },
): SignedDelivery {
  return signedDelivery(type, samples[type](sample.person, sample), sample);
}

/** Any payload, signed as the channel's provider signs. Throws an `Error` that names a credential it needs and lacks. */
export function signedDelivery(type: ChannelType, payload: SamplePayload, target: SampleTarget): SignedDelivery {
  const { pathname, search } = new URL(target.publicUrl);
  return { method: "POST", path: pathname + search, ...signers[type](payload, target) };
}

type Signer = (payload: SamplePayload, target: SampleTarget) => Pick<SignedDelivery, "headers" | "body">;

const signers: Readonly<Record<ChannelType, Signer>> = {
  whatsapp: signAsMeta,
  messenger: signAsMeta,
  instagram: signAsMeta,
  telegram: (payload, { credentials }) => ({
    headers: { ...json, "x-telegram-bot-api-secret-token": secret(credentials, "secretToken") },
    body: jsonOf(payload),
  }),
  line: (payload, { credentials }) => {
    const body = jsonOf(payload);
    return {
      headers: { ...json, "x-line-signature": hmac("sha256", secret(credentials, "channelSecret"), body, "base64") },
      body,
    };
  },
  viber: (payload, { credentials }) => {
    const body = jsonOf(payload);
    return {
      headers: { ...json, "x-viber-content-signature": hmac("sha256", secret(credentials, "token"), body, "hex") },
      body,
    };
  },
  twilio: (payload, { credentials, publicUrl }) => {
    const fields = formOf(payload);
    const values = [...fields].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => name + value);
    const signed = publicUrl + values.join("");
    return {
      headers: { ...form, "x-twilio-signature": hmac("sha1", secret(credentials, "authToken"), signed, "base64") },
      body: fields.toString(),
    };
  },
  messagebird: (payload, { credentials, publicUrl, now }) => {
    const body = jsonOf(payload);
    const issued = Math.floor(now.getTime() / 1000);
    const claims = {
      iss: "MessageBird",
      nbf: issued,
      exp: issued + 60,
      jti: sha256(`${issued} ${body}`).slice(0, 32),
      url_hash: sha256(publicUrl),
      ...(body === "" ? {} : { payload_hash: sha256(body) }),
    };
    const signed = [{ alg: "HS256", typ: "JWT" }, claims]
      .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
      .join(".");
    const signature = hmac("sha256", secret(credentials, "signingKey"), signed, "base64url");
    return { headers: { ...json, "messagebird-signature-jwt": `${signed}.${signature}` }, body };
  },
  mailgun: (payload, { credentials, now }) => {
    const timestamp = String(Math.floor(now.getTime() / 1000));
    const token = sha256(`${timestamp} ${formOf(payload)}`).slice(0, 50);
    const key = credentials.signingKey || secret(credentials, "apiKey");
    const signature = hmac("sha256", String(key), timestamp + token, "hex");
    const fields = formOf({ ...Object.fromEntries(formOf(payload)), timestamp, token, signature });
    return { headers: form, body: fields.toString() };
  },
};

const json = { "content-type": "application/json" } as const;
const form = { "content-type": "application/x-www-form-urlencoded; charset=utf-8" } as const;

function signAsMeta(payload: SamplePayload, { credentials }: SampleTarget): Pick<SignedDelivery, "headers" | "body"> {
  // Meta escapes everything beyond ASCII, and signs what it sends.
  const body = jsonOf(payload).replace(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  const signature = `sha256=${hmac("sha256", secret(credentials, "appSecret"), body, "hex")}`;
  return { headers: { ...json, "x-hub-signature-256": signature }, body };
}

type Sample = (person: SamplePerson, target: SampleTarget) => SamplePayload;

const samples: Readonly<Record<ChannelType, Sample>> = {
  whatsapp: ({ id, name, text, messageId }, { credentials, now }) => ({
    object: "whatsapp_business_account",
    entry: [
      {
        id: String(credentials.accountId ?? "102290129340398"),
        changes: [
          {
            field: "messages",
            value: {
              messaging_product: "whatsapp",
              metadata: {
                display_phone_number: "15550783881",
                phone_number_id: String(credentials.phoneNumberId ?? "106540352242922"),
              },
              contacts: [{ profile: { name }, wa_id: digits(id) }],
              messages: [
                {
                  from: digits(id),
                  id: messageId,
                  timestamp: String(seconds(now)),
                  type: "text",
                  text: { body: text },
                },
              ],
            },
          },
        ],
      },
    ],
  }),
  messenger: (person, { credentials, now }) => messaging("page", credentials.pageId ?? "106731941223392", person, now),
  instagram: (person, { credentials, now }) =>
    messaging("instagram", credentials.businessId ?? "17841444303043201", person, now),
  telegram: ({ id, name, text, messageId }, { now }) => {
    const [first_name, last_name] = [name.split(" ")[0], name.split(" ").slice(1).join(" ") || undefined];
    const personId = safeInteger(id);
    return {
      update_id: safeInteger(messageId),
      message: {
        message_id: safeInteger(messageId),
        from: { id: personId, is_bot: false, first_name, last_name, language_code: "en" },
        chat: { id: personId, type: "private", first_name, last_name },
        date: seconds(now),
        text,
      },
    };
  },
  twilio: ({ id, text, messageId }, { credentials }) => ({
    AccountSid: String(credentials.accountSid ?? "ACa1b4c65ee0722712fab89867cb14eac7"),
    ApiVersion: "2010-04-01",
    Body: text,
    From: /^([a-z]+:)?\+/.test(id) ? id : `+${digits(id)}`,
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
  line: ({ id, text, messageId }, { now }) => ({
    destination: "U8e742f61d673b39c7fff3cecb7536ef0",
    events: [
      {
        type: "message",
        mode: "active",
        timestamp: now.getTime(),
        source: { type: "user", userId: id },
        webhookEventId: messageId,
        deliveryContext: { isRedelivery: false },
        message: { id: messageId, type: "text", text },
      },
    ],
  }),
  // Written out, because a token of 64 bits is no JavaScript number.
  viber: ({ id, name, text, messageId }, { now }) => {
    const sender = JSON.stringify({ id, name, language: "en", country: "CA", api_version: 1 });
    const message = JSON.stringify({ type: "text", text });
    return `{"event":"message","timestamp":${now.getTime()},"message_token":${digits(messageId)},"sender":${sender},"message":${message}}`;
  },
  messagebird: ({ id, text, messageId }, { credentials, now }) => ({
    id: messageId,
    originator: digits(id),
    recipient: String(credentials.originator ?? "12262121021"),
    body: text,
    createdDatetime: now.toISOString(),
  }),
  mailgun: ({ id, name, text, messageId }, { credentials }) => {
    const address = id.includes("@") ? id : `${id}@example.com`;
    return {
      recipient: String(credentials.incomingAddress ?? "mytestemail@sandbox123.mailgun.org"),
      sender: address,
      from: `"${name.replaceAll(/["\\]/g, "")}" <${address}>`,
      subject: "Hello",
      "Message-Id": `<${messageId}@example.com>`,
      "X-Mailgun-Spf": "Pass",
      "body-plain": text,
      "stripped-text": text,
    };
  },
};

function messaging(object: string, account: unknown, { id, text, messageId }: SamplePerson, now: Date): SamplePayload {
  const event = {
    sender: { id },
    recipient: { id: String(account) },
    timestamp: now.getTime(),
    message: { mid: messageId, text },
  };
  return { object, entry: [{ id: String(account), time: now.getTime(), messaging: [event] }] };
}

const seconds = (date: Date): number => Math.floor(date.getTime() / 1000);

/** The digits of an id that is one with a sign or without, or eleven digits derived from it. */
function digits(id: string): string {
  const own = id.match(/^\+?([1-9]\d*)$/)?.[1];
  return own ?? `1${(Number.parseInt(sha256(id).slice(0, 12), 16) % 1e10).toString().padStart(10, "0")}`;
}

/** Its last fifteen digits: what a JSON number holds exactly. */
function safeInteger(id: string): number {
  return Number(digits(id).slice(-15));
}

function jsonOf(payload: SamplePayload): string {
  return typeof payload === "string" ? payload : JSON.stringify(payload);
}

function formOf(payload: SamplePayload): URLSearchParams {
  if (typeof payload === "string") return new URLSearchParams(payload);
  return new URLSearchParams(Object.entries(payload).map(([name, value]): [string, string] => [name, String(value)]));
}

function secret(credentials: Credentials, name: string): string {
  const value = credentials[name];
  if (typeof value === "string" && value !== "") return value;
  throw new Error(`The integration has no ${name} to sign a sample with.`);
}

function hmac(algorithm: string, key: string, data: string, encoding: "hex" | "base64" | "base64url"): string {
  return createHmac(algorithm, key).update(data).digest(encoding);
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
