import type { ChannelContent, ChannelRequest, Verdict } from "../../model/channel.ts";
import type { DeliveryFailure, FailureReason } from "../../model/channelCall.ts";
import { readFormData } from "../../model/values/formData.ts";
import { internationalFormat } from "../../model/values/phoneNumber.ts";
import {
  idOf,
  isoTimeOf,
  type JsonRecord,
  lineOf,
  listOf,
  numberOf,
  recordOf,
  timeOf,
  withoutUndefined,
} from "../../model/values/providerValue.ts";
import type { ChannelReceiver } from "../contract.ts";
import { mediaContent, textContent, unsupported } from "../kit/channelContent.ts";
import { channelPerson } from "../kit/channelPerson.ts";
import { derivedId, isEmpty, parsedDelivery, type Reading, readEach, unreadable } from "../kit/delivery.ts";
import { parseLosslessJson } from "../kit/losslessJson.ts";
import { type MessageFields, rawBeside } from "../kit/restOfMessage.ts";
import { givenText, hmac, refused, sameSecret, sha256Hex } from "../kit/signature.ts";

/** MessageBird (Bird SMS): a flow that forwards each received SMS to a URL, as JSON, as a form or in the query. */
export const receive = {
  handshake: () => undefined,
  verify(request, credentials) {
    const signingKey = givenText(credentials, "signingKey");
    if (signingKey === undefined) return refused(401, "the integration has no signingKey");
    // The signature decides. A `webhookSecret` in the registered URL is a further check, if the caller put it there.
    const secret = request.query.get("webhookSecret");
    if (secret !== null && !sameSecret(secret, givenText(credentials, "webhookSecret") ?? ""))
      return refused(401, "the webhookSecret does not match");
    const token = request.headers["messagebird-signature-jwt"];
    if (token === undefined) return refused(401, "no MessageBird-Signature-JWT");
    return verifyToken(token, signingKey, request);
  },
  parse(request, credentials) {
    const ownNumber = givenText(credentials, "originator");
    return parsedDelivery(readEach([fieldsOf(request)], (body) => readMessage(body, ownNumber, request.receivedAt)));
  },
  acknowledgement: { status: 200 },
  // The documentation does not promise retries.
  redelivers: false,
} satisfies ChannelReceiver;

const algorithms = new Map([
  ["HS256", "sha256"],
  ["HS384", "sha384"],
  ["HS512", "sha512"],
] as const);

/** Seconds that the two clocks may differ, as in the vendor's own library. */
const clockTolerance = 5;

/**
 * Verifies a compact JWS with claims that bind it to this URL, this body and this minute. The same rules as the
 * vendor's library, https://github.com/messagebird/messagebird-nodejs/blob/master/lib/webhook-signature-jwt.js
 */
function verifyToken(token: string, signingKey: string, request: ChannelRequest): Verdict {
  const [header = "", payload = "", signature = "", ...rest] = token.split(".");
  const { alg, crit } = recordOf(parseLosslessJson(Buffer.from(header, "base64url")));
  const algorithm = [...algorithms].find(([name]) => name === alg)?.[1];
  if (rest.length > 0 || algorithm === undefined || crit !== undefined) return refused(401, "no token of a known form");
  if (!sameSecret(signature, hmac(algorithm, signingKey, `${header}.${payload}`, "base64url")))
    return refused(401, "the signature does not match");
  const claims = recordOf(parseLosslessJson(Buffer.from(payload, "base64url")));
  const now = Math.floor(request.receivedAt.getTime() / 1000);
  if (claims.iss !== "MessageBird" || typeof claims.jti !== "string") return refused(401, "not issued by MessageBird");
  if (typeof claims.nbf !== "number" || claims.nbf > now + clockTolerance) return refused(401, "not valid yet");
  if (typeof claims.exp !== "number" || claims.exp <= now - clockTolerance) return refused(401, "expired");
  if (claims.url_hash !== sha256Hex(request.publicUrl)) return refused(401, "signed for another URL");
  const bodyHash = request.rawBody.length > 0 ? sha256Hex(request.rawBody) : undefined;
  return claims.payload_hash === bodyHash ? { ok: true } : refused(401, "signed for another body");
}

/** Reads the fields: the flow chooses the form of a body; without one they are in the query. */
function fieldsOf(request: ChannelRequest): unknown {
  if (request.rawBody.length === 0) {
    return Object.fromEntries([...request.query].filter(([name]) => name !== "webhookSecret"));
  }
  const json = parseLosslessJson(request.rawBody);
  return json ?? Object.fromEntries(readFormData(request.headers["content-type"], request.rawBody).fields);
}

/** The statuses of an outgoing message. https://developers.messagebird.com/api/sms-messaging/#handle-a-status-report */
const statuses: ReadonlySet<unknown> = new Set([
  ...["scheduled", "sent", "buffered", "delivered", "expired", "delivery_failed"],
]);

/**
 * Reads a report on a message that was sent, once it tells what became of it. Of several messages in one request there
 * is one report for each person; ours have one person each.
 */
function receiptOf(fields: JsonRecord): Reading | undefined {
  const isReport = fields.statusDatetime !== undefined || fields.statusErrorCode !== undefined;
  const id = idOf(fields.id);
  const state = finalStates.get(idOf(fields.status) ?? "");
  if (!isReport || id === undefined || state === undefined) return undefined;
  return withoutUndefined<Reading & object>({
    kind: "receipt",
    state,
    externalIds: [id],
    failure: state === "failed" ? failureOf(fields) : undefined,
    occurredAt: isoTimeOf(fields.statusDatetime),
  });
}

const finalStates = new Map<string, "delivered" | "failed">([
  ["delivered", "delivered"],
  ["delivery_failed", "failed"],
  ["expired", "failed"],
]);

function failureOf(report: JsonRecord): DeliveryFailure {
  const code = numberOf(report.statusErrorCode) ?? 0;
  const words = lineOf(report.statusReason, 400) ?? "MessageBird did not deliver the message";
  return { reason: reasonOf(report, code), message: code > 0 ? `${words} (MessageBird's code ${code})` : words };
}

/**
 * Reads why a message was not delivered: codes below 100 are those of GSM networks, for phones that cannot be reached;
 * 103 is a person that sent STOP. https://docs.bird.com/connectivity-platform/troubleshooting/sms-errors-and-error-codes
 */
function reasonOf({ status, statusReason }: JsonRecord, code: number): FailureReason {
  const words = lineOf(statusReason, 400) ?? "";
  if (status === "expired") return "expired";
  if (code === 103 || /opted.out|rejected|balance|registration/i.test(words)) return "notPermitted";
  return (code > 0 && code < 100) || /subscriber/i.test(words) ? "unreachable" : "refused";
}

function* readMessage(body: unknown, ownNumber: string | undefined, receivedAt: Date): Generator<Reading> {
  const fields = recordOf(body);
  const receipt = receiptOf(fields);
  if (receipt !== undefined) return yield receipt;
  if (fields.statusDatetime !== undefined || fields.statusErrorCode !== undefined || statuses.has(fields.status))
    return yield "a status";
  const originator = idOf(fields.originator) ?? idOf(fields.sender);
  if (originator === undefined)
    return yield unreadable(fields.originator === undefined && isEmpty(body) ? "no message" : "no sender", body);
  const externalId = withPlus(originator);
  if (ownNumber !== undefined && externalId === withPlus(ownNumber)) return yield "from the integration's own number";
  const content = contentOf(fields);
  const occurredAt = timeOfMessage(fields);
  // A flow may leave out the id; a redelivery then repeats the sender, the content and the time.
  const ownId = () =>
    content.type !== "unsupported" && occurredAt !== undefined
      ? sha256Hex(JSON.stringify([externalId, occurredAt.getTime(), content]))
      : derivedId(fields, occurredAt ?? receivedAt);
  const messageId = idOf(fields.id) ?? idOf(fields.mid) ?? ownId();
  const phoneNumber = externalId.startsWith("+") ? externalId : undefined;
  yield {
    kind: "message",
    person: channelPerson({
      externalId,
      displayName: internationalFormat(externalId),
      info: { phoneNumber },
      raw: { originator: fields.originator ?? fields.sender },
    }),
    messageId,
    occurredAt,
    content,
    raw: rawBeside(content, fields, messageFields),
  };
}

/** Writes a number with a `+`, as the platform does: numbers come as digits. Short codes and names stay as they are. */
function withPlus(originator: string): string {
  return /^[1-9]\d{6,14}$/.test(originator) ? `+${originator}` : originator;
}

/** The fields of a forwarded text beside its content: the number, the time, and the route. */
const messageFields: MessageFields = {
  ignored: new Set([
    ...["id", "mid", "messageId", "reference", "originator", "sender", "recipient", "shortcode", "body", "message"],
    ...["createdDatetime", "receive_datetime", "receivedDatetime", "status", "type", "direction", "channel", "gateway"],
  ]),
  kept: new Set(),
};

function contentOf(fields: JsonRecord): ChannelContent {
  const text = fields.body ?? fields.message;
  const [media] = listOf(fields.mediaUrls);
  if (media === undefined) return textContent(text) ?? unsupported();
  const isImage = typeof media === "string" && /\.(jpe?g|png|gif|webp)($|\?)/i.test(media);
  return mediaContent(isImage ? "image" : "file", { url: media, text });
}

function timeOfMessage(fields: JsonRecord): Date | undefined {
  const short = typeof fields.receive_datetime === "string" ? fields.receive_datetime : "";
  const [, year, month, day, hour, minute, second] = short.match(/^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/) ?? [];
  const created = fields.createdDatetime ?? `${year}-${month}-${day}T${hour}:${minute}:${second}Z`;
  return isoTimeOf(created) ?? timeOf(created);
}
