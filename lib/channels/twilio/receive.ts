import { parse as parseQuery, stringify as stringifyQuery } from "node:querystring";
import type { ChannelContent, ChannelPerson, ChannelRequest } from "../../model/channel.ts";
import { firstLine, nameParts } from "../../model/values/personName.ts";
import { internationalFormat } from "../../model/values/phoneNumber.ts";
import { idOf, numberOf } from "../../model/values/providerValue.ts";
import { readUrlEncoded } from "../../model/values/urlEncoded.ts";
import type { ChannelReceiver } from "../contract.ts";
import { locationContent, mediaByUrl, mediaContent, textContent, unsupported } from "../kit/channelContent.ts";
import { channelPerson } from "../kit/channelPerson.ts";
import { derivedId, ofAnother, parsedDelivery, type Reading, readEach, unreadable } from "../kit/delivery.ts";
import { isInformative, type MessageFields, rawBeside } from "../kit/restOfMessage.ts";
import { givenText, hmac, refused, sameSecret, sha256Hex } from "../kit/signature.ts";
import { failureOfCode } from "./failures.ts";

/**
 * Twilio: SMS and MMS, and WhatsApp or RCS through Twilio, with a prefix before the sender.
 * https://www.twilio.com/docs/messaging/guides/webhook-request
 */
export const receive = {
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
} satisfies ChannelReceiver;

/** The algorithms by Twilio's names; the first is the default. */
const algorithms: ReadonlyMap<string, "sha1" | "sha256"> = new Map([
  ["HMAC_SHA1", "sha1"],
  ["HMAC_SHA256", "sha256"],
]);

/** Reads the algorithm from the settings of a signature: `key=webhooks_sharedkey_1,algorithm=HMAC_SHA256`. */
function algorithmOf(settings: string): string {
  const named = settings.split(",").map((setting) => setting.split("="));
  const [, algorithm = ""] = named.find(([name]) => name?.trim() === "algorithm") ?? [];
  return algorithm.trim().toUpperCase() || "HMAC_SHA1";
}

/** Reads a form. Fields beyond a thousand are cut off: a signature that covers them then fails. */
function formOf(request: ChannelRequest): URLSearchParams {
  return readUrlEncoded(new TextDecoder().decode(request.rawBody));
}

/** Joins the signed values: names in order, each with its values; those of a repeated name in order and once. */
function signedValues(form: URLSearchParams): string {
  const valuesOf = new Map<string, Set<string>>();
  for (const [name, value] of form) valuesOf.set(name, (valuesOf.get(name) ?? new Set()).add(value));
  return [...valuesOf.keys()]
    .sort()
    .flatMap((name) => [...(valuesOf.get(name) ?? [])].sort().map((value) => name + value))
    .join("");
}

/**
 * Lists the forms of the URL that Twilio is known to sign: as it was called, with and without the port, and without a
 * final `?`; then the same as `URL` writes it, and with the query encoded anew.
 */
function signedUrls(publicUrl: string): readonly string[] {
  if (!URL.canParse(publicUrl)) return [publicUrl];
  const called = publicUrl.endsWith("?") ? publicUrl.slice(0, -1) : publicUrl;
  const written = withAndWithoutPort(new URL(called).href);
  return [...new Set([publicUrl, ...withAndWithoutPort(called), ...written, ...written.map(withQueryEncodedAnew)])];
}

/** Writes a URL with and without its port. `URL` drops a scheme's own port, so this is done by hand. */
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

/**
 * The statuses of an outgoing message, with the business as `From`.
 * https://www.twilio.com/docs/messaging/api/message-resource
 */
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

/** The statuses that tell what became of a message in the end; the others are on its way. */
const finalStates = new Map([
  ["delivered", "delivered"],
  ["undelivered", "failed"],
  ["failed", "failed"],
  ["canceled", "failed"],
  ["read", "read"],
] as const);

/**
 * Reads a report on a message that was sent.
 * https://www.twilio.com/docs/messaging/guides/outbound-message-status-in-status-callbacks
 */
function receiptOf(fields: URLSearchParams): Reading | undefined {
  const status = (fields.get("MessageStatus") ?? fields.get("SmsStatus") ?? "").toLowerCase();
  const state = fields.get("EventType") === "READ" ? "read" : [...finalStates].find(([name]) => name === status)?.[1];
  const id = idOf(fields.get("MessageSid") ?? fields.get("SmsSid"));
  if (state === undefined || id === undefined) return undefined;
  const failure = () => failureOfCode(numberOf(fields.get("ErrorCode")) ?? 0, fields.get("ErrorMessage"));
  return { kind: "receipt", state, externalIds: [id], ...(state === "failed" ? { failure: failure() } : {}) };
}

/** Names the kind of a form that holds no message. */
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
  const kind = receiptOf(fields) ?? serviceKindOf(fields);
  if (kind !== undefined) return yield kind;
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
  const field = (name: string): string | undefined => fields.get(name) ?? undefined;
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
    info: { phoneNumber: number, city: field("FromCity"), state: field("FromState"), country: field("FromCountry") },
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
 * Lists the ids of a person on WhatsApp in the form of `From`, so that they match each other and never a number of SMS:
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
  // The answer to a form is in these data; the body has at most a sentence about it.
  if (fields.get("InteractiveData")) return unsupported(body);
  if (Number(fields.get("NumMedia")) > 0 || fields.has("MediaUrl0")) {
    const mediaType = fields.get("MediaContentType0") ?? "";
    const type = mediaType.startsWith("image/") ? "image" : "file";
    const url = fields.get("MediaUrl0");
    const place = isOfApi(url) ? { media: mediaByUrl(url) } : { url };
    return mediaContent(type, { ...place, mediaType, text: body });
  }
  if (fields.has("Latitude") && fields.has("Longitude")) {
    return locationContent({
      lat: fields.get("Latitude"),
      long: fields.get("Longitude"),
      name: fields.get("Label"),
      address: fields.get("Address"),
    });
  }
  // An empty body is a text if the form has no other content: an SMS may be empty.
  if (body === null || (body.trim() === "" && saysMore(fields))) return unsupported(body);
  return textContent(body, fields.get("ButtonPayload")) ?? unsupported();
}

/**
 * Tells whether a file is at Twilio's API, which may ask for the account's credentials, also in a region of its own.
 * https://www.twilio.com/docs/messaging/api/media-resource, https://www.twilio.com/docs/global-infrastructure
 */
const isOfApi = (url: string | null): boolean =>
  /^https:\/\/api(?:\.[a-z0-9-]{1,63}){0,2}\.twilio\.com\//.test(url ?? "");

function saysMore(fields: URLSearchParams): boolean {
  const type = fields.get("MessageType") ?? "text";
  return type !== "text" || [...fields].some(([name, value]) => !formFields.ignored.has(name) && isInformative(value));
}

/**
 * The fields of every form beside its content: the account, the route, and the number of parts. Twilio adds fields
 * without notice. https://www.twilio.com/docs/messaging/guides/webhook-request
 */
const formFields: MessageFields = {
  ignored: new Set([
    ...["AccountSid", "ApiVersion", "Body", "MessageSid", "MessagingServiceSid", "SmsMessageSid", "SmsSid"],
    ...["SmsStatus", "MessageStatus", "MessageType", "NumMedia", "NumSegments", "OptOutType", "AddOns"],
    ...["From", "FromCity", "FromCountry", "FromState", "FromZip", "To", "ToCity", "ToCountry", "ToState", "ToZip"],
    ...["ProfileName", "ProfileUsername", "WaId", "ExternalUserId", "ParentExternalUserId"],
    ...["ButtonText", "ButtonPayload", "ChannelPrefix", "ChannelInstallSid", "ChannelToAddress", "ChannelMetadata"],
    ...["Forwarded", "FrequentlyForwarded", "RawDlrDoneDate", "SourceSid", "IdempotencyToken", "EventType"],
  ]),
  kept: new Set(["OriginalRepliedMessageSid", "OriginalRepliedMessageSender", "ListId", "ListTitle"]),
};
