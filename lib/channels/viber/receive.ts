import type { ChannelContent, ChannelEvent, ChannelPerson } from "../../model/channel.ts";
import type { Receipt } from "../../model/channelCall.ts";
import { nameParts } from "../../model/values/personName.ts";
import {
  idOf,
  type JsonRecord,
  lineOf,
  listOf,
  recordOf,
  textOf,
  timeOf,
  urlOf,
} from "../../model/values/providerValue.ts";
import type { ChannelReceiver } from "../contract.ts";
import { locationContent, mediaContent, textContent, unsupported } from "../kit/channelContent.ts";
import { channelPerson } from "../kit/channelPerson.ts";
import { derivedId, isEmpty, parsedJson, type Reading, unreadable } from "../kit/delivery.ts";
import { parseLosslessJson } from "../kit/losslessJson.ts";
import { referralOf } from "../kit/referral.ts";
import { type MessageFields, rawBeside } from "../kit/restOfMessage.ts";
import { givenText, hmac, refused, sameSecret } from "../kit/signature.ts";
import { shortened } from "../kit/storable.ts";

/** Viber's bot API: one callback per delivery. https://developers.viber.com/docs/api/rest-bot-api/#callbacks */
export const receive = {
  // The callback that registers a webhook is signed and answered like any other.
  handshake: () => undefined,
  verify(request, credentials) {
    const token = givenText(credentials, "token");
    if (token === undefined) return refused(401, "the integration has no token");
    const signature = request.headers["x-viber-content-signature"] ?? request.query.get("sig");
    if (signature === null) return refused(401, "no X-Viber-Content-Signature");
    const expected = hmac("sha256", token, request.rawBody, "hex");
    return sameSecret(signature, expected) ? { ok: true } : refused(401, "the signature does not match");
  },
  parse: (request) => parsedJson(request, (body) => readCallback(body, request.receivedAt)),
  // A body in the answer to `conversation_started` would be taken for a welcome message.
  acknowledgement: { status: 200 },
  redelivers: true,
} satisfies ChannelReceiver;

/** Callbacks without a message. https://developers.viber.com/docs/api/rest-bot-api/#callbacks */
const serviceEvents: ReadonlySet<unknown> = new Set(["webhook", "client_status"]);

/** Callbacks about a message that was sent. https://developers.viber.com/docs/api/rest-bot-api/#message-receipts-callbacks */
const receiptStates = new Map<unknown, Receipt["state"]>([
  ["delivered", "delivered"],
  ["seen", "read"],
  ["failed", "failed"],
]);

function readReceipt(callback: JsonRecord, state: Receipt["state"]): Reading {
  const messageToken = idOf(callback.message_token);
  if (messageToken === undefined) return "a receipt of no message";
  const receipt = {
    kind: "receipt",
    state,
    externalIds: [messageToken],
    occurredAt: timeOf(callback.timestamp),
  } as const;
  if (state !== "failed") return receipt;
  const message = lineOf(callback.desc, 500) ?? "Viber could not deliver the message.";
  return { ...receipt, failure: { reason: "unreachable", message } };
}

function* readCallback(body: unknown, receivedAt: Date): Generator<Reading> {
  const callback = recordOf(body);
  if (serviceEvents.has(callback.event)) return yield "a callback that is no message";
  const state = receiptStates.get(callback.event);
  if (state !== undefined) return yield readReceipt(callback, state);
  const occurredAt = timeOf(callback.timestamp);
  const externalId = idOf(callback.user_id);
  const person =
    personOf(callback.sender) ??
    personOf(callback.user) ??
    (externalId === undefined ? undefined : channelPerson({ externalId }));
  if (person === undefined) return yield unreadable("no sender", body);
  const base = { person, occurredAt };
  switch (callback.event) {
    case "subscribed":
      yield { kind: "unblocked", ...base };
      return yield { kind: "started", ...base };
    case "conversation_started":
      return yield { kind: "started", ...base, referral: referralOf({ code: callback.context }) };
    case "unsubscribed":
      return yield { kind: "blocked", ...base };
  }
  if (callback.event === "message" && isEmpty(callback.message)) return yield "nothing in it";
  yield readMessage(callback, base, receivedAt);
}

function readMessage(
  callback: JsonRecord,
  base: Pick<ChannelEvent, "person" | "occurredAt">,
  receivedAt: Date,
): Reading {
  // A callback of a new event is kept whole.
  const message = recordOf(callback.event === "message" ? callback.message : undefined);
  const messageId = idOf(callback.message_token) ?? derivedId(callback, base.occurredAt ?? receivedAt);
  const press = pressOf(message);
  if (press?.type === "postback")
    return { kind: "postback", ...base, messageId, payload: press.payload, text: press.text };
  if (press !== undefined) return { kind: "message", ...base, messageId, content: replyContent(press) };
  // The button of a link says its address, of which the chat shows nothing.
  if (callback.silent === true && urlOf(message.text, 8192) !== undefined) return "a link that was opened";
  const content = contentOf(message);
  const raw =
    Object.keys(message).length > 0
      ? rawBeside(content, message, message.type === "url" ? urlFields : fields)
      : shortened(callback);
  return { kind: "message", ...base, messageId, content, raw };
}

interface Press {
  readonly type: "reply" | "postback";
  readonly text: string;
  readonly payload: string;
}

/**
 * Reads which button of the last message a text presses, if it is one: the message said so in what Viber sends back with
 * the person's answer.
 */
function pressOf(message: JsonRecord): Press | undefined {
  const text = textOf(message.text);
  const data = textOf(message.tracking_data);
  if (message.type !== "text" || text === undefined || !data?.startsWith("{")) return undefined;
  const buttons = listOf(recordOf(parseLosslessJson(Buffer.from(data))).buttons);
  const [, type, payload] = buttons.map(listOf).find(([answer]) => answer === text) ?? [];
  if (typeof payload !== "string" || (type !== "reply" && type !== "postback")) return undefined;
  return type === "postback" && payload === "" ? undefined : { type, text, payload };
}

const replyContent = ({ text, payload }: Press): ChannelContent => textContent(text, payload) ?? unsupported();

function personOf(value: unknown): ChannelPerson | undefined {
  const sender = recordOf(value);
  const externalId = idOf(sender.id);
  if (externalId === undefined) return undefined;
  const { name, avatar, country, language } = sender;
  return channelPerson({
    externalId,
    displayName: name,
    ...nameParts(name),
    avatarUrl: avatar,
    locale: language,
    info: { avatarUrl: textOf(avatar), country: textOf(country), locale: textOf(language) },
    raw: sender,
  });
}

function contentOf(message: JsonRecord): ChannelContent {
  const { text, media } = message;
  switch (message.type) {
    case "text":
      return textContent(text) ?? unsupported();
    case "url":
      return textContent(media ?? text) ?? unsupported();
    case "picture":
      return mediaContent("image", { url: media, text });
    case "video":
    case "file":
      return mediaContent("file", { url: media, text, altText: message.file_name });
    case "location": {
      const { lat, lon, address } = recordOf(message.location);
      return locationContent({ lat, long: lon, address });
    }
    default:
      return unsupported(text);
  }
}

const fields: MessageFields = { ignored: new Set(["type", "text", "tracking_data"]), kept: new Set() };
const urlFields: MessageFields = { ignored: new Set(["media", "tracking_data"]), kept: new Set(["type"]) };
