import type { ChannelContent, ChannelRequest, Parsed } from "./channel.ts";
import { locationContent, mediaContent, textContent, unsupported } from "./channelContent.ts";
import { channelPerson } from "./channelPerson.ts";
import { parsedDelivery, type Reading, readEach } from "./delivery.ts";
import { parseLosslessJson } from "./losslessJson.ts";
import { idOf, type JsonRecord, listOf, recordOf, textOf, timeOf } from "./providerValue.ts";
import { storable } from "./storable.ts";

/** Where Messenger and Instagram differ. */
interface MessagingProduct {
  /** The `object` of its webhooks. */
  readonly object: "page" | "instagram";
  /** The id of the page or business account; events of another are skipped when it is known. */
  readonly accountId: string | undefined;
  /** A message that means something else on this product: what it means instead, or `undefined` when it is a message. */
  special?(message: JsonRecord): "started" | "skipped" | undefined;
}

/**
 * Reads the `messaging` envelope that Messenger and Instagram share.
 * https://developers.facebook.com/docs/messenger-platform/reference/webhook-events
 */
export function parseMessaging(request: ChannelRequest, product: MessagingProduct): Parsed {
  const body = recordOf(parseLosslessJson(request.rawBody));
  if (body.object !== product.object) return { events: [], skipped: [`no webhook of object ${product.object}`] };
  return parsedDelivery(readEach(listOf(body.entry), (entry) => readEntry(recordOf(entry), product)));
}

function* readEntry(entry: JsonRecord, product: MessagingProduct): Generator<Reading> {
  const accountId = idOf(entry.id);
  if (product.accountId !== undefined && accountId !== product.accountId) return yield "of another account";
  // `changes` are comments, leads and the like; `standby` is a conversation that another app leads.
  if (listOf(entry.changes).length > 0) yield "a change that is no message";
  if (listOf(entry.standby).length > 0) yield "a conversation that another app leads";
  yield* readEach(listOf(entry.messaging), (event) => readEvent(recordOf(event), accountId, product));
}

function* readEvent(event: JsonRecord, accountId: string | undefined, product: MessagingProduct): Generator<Reading> {
  const message = recordOf(event.message);
  const sender = idOf(recordOf(event.sender).id);
  // In an echo the account itself is the sender.
  if (message.is_echo === true || (sender !== undefined && sender === accountId)) return yield "an echo";
  if (sender === undefined) return yield "no sender";
  const person = channelPerson({ externalId: sender, raw: { id: sender } });
  const occurredAt = timeOf(event.timestamp);
  if (event.message !== undefined) {
    const special = product.special?.(message);
    if (message.is_deleted === true) return yield "an unsent message";
    if (special === "skipped") return yield "switched off for this integration";
    if (special === "started") return yield { kind: "started", person, occurredAt };
    const messageId = idOf(message.mid);
    if (messageId === undefined) return yield "no message id";
    const raw = isPlainText(message) ? undefined : storable(message);
    return yield { kind: "message", person, messageId, occurredAt, content: contentOf(message), raw };
  }
  if (event.postback !== undefined) {
    const { mid, payload, title, referral } = recordOf(event.postback);
    const chosen = textOf(payload);
    if (!chosen) return yield { kind: "started", person, occurredAt };
    // Postbacks had no `mid` once; who pressed and when is then what a redelivery repeats.
    const messageId = idOf(mid) ?? (occurredAt && `${sender}:${occurredAt.getTime()}`);
    if (messageId === undefined) return yield "no message id";
    const raw = referral === undefined ? undefined : storable(event.postback);
    return yield {
      kind: "postback",
      person,
      messageId,
      occurredAt,
      payload: chosen,
      text: textOf(title) || undefined,
      raw,
    };
  }
  if (event.referral !== undefined) return yield { kind: "started", person, occurredAt };
  // An opt-in with a type of its own asks for notifications or marketing: not a person at the door.
  if (event.optin !== undefined && recordOf(event.optin).type === undefined)
    return yield { kind: "started", person, occurredAt };
  yield "a receipt, a reaction or another event that is no message";
}

function contentOf(message: JsonRecord): ChannelContent {
  const attachment = recordOf(listOf(message.attachments)[0]);
  const payload = recordOf(attachment.payload);
  const media = { url: payload.url, text: message.text, altText: payload.title ?? attachment.title };
  switch (attachment.type) {
    case "image":
      return mediaContent("image", media);
    case "video":
    case "audio":
    case "file":
      return mediaContent("file", media);
    case "location": {
      const { lat, long } = recordOf(payload.coordinates);
      return locationContent({ lat, long, name: attachment.title });
    }
    default:
      return textContent(message.text, recordOf(message.quick_reply).payload) ?? unsupported();
  }
}

const plainTextKeys = new Set(["mid", "text", "quick_reply", "seq"]);

function isPlainText(message: JsonRecord): boolean {
  return typeof message.text === "string" && Object.keys(message).every((key) => plainTextKeys.has(key));
}
