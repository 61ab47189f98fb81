import { parse as parseQuery, stringify as stringifyQuery } from "node:querystring";
import type { Channel, ChannelContent, ChannelPerson, ChannelRequest } from "../domain/channel.ts";
import { locationContent, mediaContent, textContent, unsupported } from "../domain/channelContent.ts";
import { channelPerson, firstLine, nameParts } from "../domain/channelPerson.ts";
import { derivedId, ofAnother, parsedDelivery, type Reading, readEach, unreadable } from "../domain/delivery.ts";
import { readUrlEncoded } from "../domain/formData.ts";
import { internationalFormat } from "../domain/phoneNumber.ts";
import { idOf } from "../domain/providerValue.ts";
import { type MessageFields, mayTell, rawBeside } from "../domain/restOfMessage.ts";
import { givenText, hmac, refused, sameSecret, sha256Hex } from "../domain/signature.ts";

/**
 * Twilio: SMS and MMS, and WhatsApp or RCS through Twilio, whose senders carry a prefix.
 * https://www.twilio.com/docs/messaging/guides/webhook-request
 */
export const twilio = {
  type: "twilio",
  fields: {
    accountSid: { required: true },
    authToken: { required: true, secret: true },
    /** The secret of the key under which Twilio signs, where webhooks are signed with a shared key. */
    sharedKeySecret: { secret: true },
    phoneNumberSid: {},
    messagingServiceSid: {},
  },
  oneOf: [["phoneNumberSid", "messagingServiceSid"]],
  handshake: () => undefined,
  /** https://www.twilio.com/docs/usage/security#validating-requests, with the variants that Twilio's libraries accept. */
  verify(request, credentials) {
    const settings = request.headers["x-twilio-webhooks-signature-settings"];
    const secretName = settings ? "sharedKeySecret" : "authToken";
    const secret = givenText(credentials, secretName);
    if (secret === undefined) return refused(403, `the integration has no ${secretName}`);
    const algorithm = algorithms.get(algorithmOf(settings ?? ""));
    if (algorithm === undefined) return refused(403, "signed with an unknown algorithm");
    const signature = request.headers["x-twilio-signature"];
    if (signature === undefined) return refused(400, "no X-Twilio-Signature");
    const bodyHash = request.query.get("bodySHA256");
    if (bodyHash !== null && !sameSecret(bodyHash, sha256Hex(request.rawBody)))
      return refused(403, "the body's hash does not match");
    const values = bodyHash === null && request.method !== "GET" ? signedValues(formOf(request)) : "";
    const matches = signedUrls(request.publicUrl).map((url) =>
      sameSecret(signature, hmac(algorithm, secret, url + values, "base64")),
    );
    return matches.includes(true) ? { ok: true } : refused(403, "the signature does not match");
  },
  parse(request, credentials) {
    const form = request.method === "GET" ? request.query : formOf(request);
    const accountSid = givenText(credentials, "accountSid");
    return parsedDelivery(readEach([form], (fields) => readMessage(fields, accountSid, request.receivedAt)));
  },
  // An answer in plain text would be sent to the person as a reply.
  acknowledgement: {
    status: 200,
    headers: { "content-type": "text/xml" },
    body: '<?xml version="1.0" encoding="UTF-8"?><Response/>',
  },
  // Without a fallback URL or connection overrides Twilio logs a failed delivery and forgets it.
  redelivers: false,
} satisfies Channel;

/** By the names that Twilio gives them; without a name it is the first. */
const algorithms: ReadonlyMap<string, "sha1" | "sha256"> = new Map([
  ["HMAC_SHA1", "sha1"],
  ["HMAC_SHA256", "sha256"],
]);

/** The algorithm that the settings of a signature name: `key=webhooks_sharedkey_1,algorithm=HMAC_SHA256`. */
function algorithmOf(settings: string): string {
  const named = settings.split(",").map((setting) => setting.split("="));
  const [, algorithm = ""] = named.find(([name]) => name?.trim() === "algorithm") ?? [];
  return algorithm.trim().toUpperCase() || "HMAC_SHA1";
}

/** What is beyond a thousand fields is cut off unread: a signature that covers the fields then fails. */
function formOf(request: ChannelRequest): URLSearchParams {
  return readUrlEncoded(new TextDecoder().decode(request.rawBody));
}

/** Names in order, each with its values: those of a repeated name in order and once. */
function signedValues(form: URLSearchParams): string {
  const valuesOf = new Map<string, Set<string>>();
  for (const [name, value] of form) valuesOf.set(name, (valuesOf.get(name) ?? new Set()).add(value));
  return [...valuesOf.keys()]
    .sort()
    .flatMap((name) => [...(valuesOf.get(name) ?? [])].sort().map((value) => name + value))
    .join("");
}

/**
 * The forms of the URL that Twilio is known to sign: as it was called, with and without the port, and without a `?` that
 * nothing follows; then the same as `URL` writes it, and with the query encoded anew.
 */
function signedUrls(publicUrl: string): readonly string[] {
  if (!URL.canParse(publicUrl)) return [publicUrl];
  const called = publicUrl.endsWith("?") ? publicUrl.slice(0, -1) : publicUrl;
  const written = withAndWithoutPort(new URL(called).href);
  return [...new Set([publicUrl, ...withAndWithoutPort(called), ...written, ...written.map(withQueryEncodedAnew)])];
}

/** `URL` drops a scheme's own port, so it is put in and taken out by hand, behind the host's name. */
function withAndWithoutPort(url: string): readonly string[] {
  const [, scheme, host, rest = ""] = url.match(/^(https?:)\/\/([^/?#]*)(.*)$/is) ?? [];
  if (scheme === undefined || host === undefined) return [];
  const bare = host.replace(/:\d{1,5}$/, "");
  const port = host === bare ? (scheme.toLowerCase() === "https:" ? ":443" : ":80") : host.slice(bare.length);
  return [bare, bare + port].map((name) => `${scheme}//${name}${rest}`);
}

function withQueryEncodedAnew(url: string): string {
  const start = url.indexOf("?");
  if (start === -1) return url;
  // Without `maxKeys: 0` parameters past the thousandth would be dropped, and so be unsigned.
  return `${url.slice(0, start)}?${stringifyQuery(parseQuery(url.slice(start + 1), "&", "=", { maxKeys: 0 }))}`;
}

/** What becomes of an outgoing message, whose `From` is the business. https://www.twilio.com/docs/messaging/api/message-resource */
const statuses: ReadonlySet<unknown> = new Set([
  ...[
    "accepted",
    "scheduled",
    "queued",
    "sending",
    "sent",
    "delivered",
    "partially_delivered",
    "undelivered",
    "failed",
  ],
  ...["read", "canceled"],
]);

/** Why a form is of a kind in which nobody says anything. */
function serviceKindOf(fields: URLSearchParams): string | undefined {
  const status = fields.get("MessageStatus") ?? fields.get("SmsStatus") ?? "";
  if (statuses.has(status.toLowerCase()) || fields.get("EventType") === "READ") return "a status";
  if (fields.get("MessageType") === "reaction") return "a reaction";
  if (fields.has("CallSid")) return "a call";
  if ([...fields.keys()].some((name) => name.startsWith("OtherRecipients"))) return "in a group";
  return undefined;
}

function* readMessage(fields: URLSearchParams, accountSid: string | undefined, receivedAt: Date): Generator<Reading> {
  const account = fields.get("AccountSid") ?? accountSid;
  const whole = Object.fromEntries(fields);
  if (accountSid !== undefined && account !== accountSid) return yield ofAnother("account", account, whole);
  const reason = serviceKindOf(fields);
  if (reason !== undefined) return yield reason;
  const from = idOf(fields.get("From"));
  if (from === undefined) return yield unreadable(fields.size === 0 ? "no message" : "no sender", whole);
  const sid = fields.get("MessageSid") ?? fields.get("SmsMessageSid") ?? fields.get("SmsSid");
  const messageId = idOf(sid) ?? derivedId(whole, receivedAt);
  const content = contentOf(fields);
  const person = personOf(fields, from);
  const clientStatus = { STOP: "blocked", START: "active" } as const;
  const optOut = fields.get("OptOutType");
  yield {
    kind: "message",
    person,
    messageId,
    content,
    raw: rawBeside(content, whole, formFields),
    ...(optOut === "STOP" || optOut === "START" ? { clientStatus: clientStatus[optOut] } : {}),
  };
}

function personOf(fields: URLSearchParams, from: string): ChannelPerson {
  const number = from.match(/^(?:[a-z]+:)?(\+\d+)$/)?.[1];
  const shortCode = from.includes(":") ? undefined : from;
  const place = (name: string): string | undefined => fields.get(name) ?? undefined;
  const profileName = fields.get("ProfileName");
  return channelPerson({
    externalId: from,
    aliases: from.startsWith("whatsapp:") ? whatsappIds(fields) : [],
    displayName: firstLine(
      profileName,
      fields.get("ProfileUsername"),
      number && internationalFormat(number),
      shortCode,
    ),
    ...nameParts(profileName),
    info: { phoneNumber: number, city: place("FromCity"), state: place("FromState"), country: place("FromCountry") },
    raw: Object.fromEntries(rawPersonNames.flatMap((name) => (fields.has(name) ? [[name, fields.get(name)]] : []))),
  });
}

const rawPersonNames = [
  "FromZip",
  "FromState",
  "FromCity",
  "FromCountry",
  "From",
  "ProfileName",
  "ProfileUsername",
  "WaId",
  "ExternalUserId",
  "ParentExternalUserId",
] as const;

/**
 * The ids of a person on WhatsApp, in the form that `From` has, so that they meet there and never a number of SMS:
 * `whatsapp:+15140000000` and `whatsapp:US.1234`.
 */
function whatsappIds(fields: URLSearchParams): readonly (string | undefined)[] {
  const prefixed = (id: string | null): string | undefined =>
    idOf(id === null || id === "" || id.startsWith("whatsapp:") ? id : `whatsapp:${id}`);
  const phone = fields.get("WaId")?.match(/^\+?(\d{5,20})$/)?.[1];
  return [
    phone && `whatsapp:+${phone}`,
    prefixed(fields.get("ExternalUserId")),
    prefixed(fields.get("ParentExternalUserId")),
  ];
}

function contentOf(fields: URLSearchParams): ChannelContent {
  const body = fields.get("Body");
  // What was answered in a form; the body has at most a sentence about it.
  if (fields.get("InteractiveData")) return unsupported(body);
  if (Number(fields.get("NumMedia")) > 0 || fields.has("MediaUrl0")) {
    const mediaType = fields.get("MediaContentType0") ?? "";
    const type = mediaType.startsWith("image/") ? "image" : "file";
    return mediaContent(type, { url: fields.get("MediaUrl0"), mediaType, text: body });
  }
  if (fields.has("Latitude") && fields.has("Longitude")) {
    return locationContent({
      lat: fields.get("Latitude"),
      long: fields.get("Longitude"),
      name: fields.get("Label"),
      address: fields.get("Address"),
    });
  }
  // An empty body is a text where nothing else was said: an SMS may be empty.
  if (body === null || (body.trim() === "" && saysMore(fields))) return unsupported(body);
  return textContent(body, fields.get("ButtonPayload")) ?? unsupported();
}

function saysMore(fields: URLSearchParams): boolean {
  const type = fields.get("MessageType") ?? "text";
  return type !== "text" || [...fields].some(([name, value]) => !formFields.held.has(name) && mayTell(value));
}

/**
 * What every form has beside what was said: whose it is, from where to where, and in how many parts. Twilio adds fields
 * without notice. https://www.twilio.com/docs/messaging/guides/webhook-request
 */
const formFields: MessageFields = {
  held: new Set([
    ...["AccountSid", "ApiVersion", "Body", "MessageSid", "MessagingServiceSid", "SmsMessageSid", "SmsSid"],
    ...["SmsStatus", "MessageStatus", "MessageType", "NumMedia", "NumSegments", "OptOutType", "AddOns"],
    ...["From", "FromCity", "FromCountry", "FromState", "FromZip", "To", "ToCity", "ToCountry", "ToState", "ToZip"],
    ...["ProfileName", "ProfileUsername", "WaId", "ExternalUserId", "ParentExternalUserId"],
    ...["ButtonText", "ButtonPayload", "ChannelPrefix", "ChannelInstallSid", "ChannelToAddress", "ChannelMetadata"],
    ...["Forwarded", "FrequentlyForwarded", "RawDlrDoneDate", "SourceSid", "IdempotencyToken", "EventType"],
  ]),
  said: new Set(["OriginalRepliedMessageSid", "OriginalRepliedMessageSender", "ListId", "ListTitle"]),
};
