import type { ChannelContent, ChannelPerson, ChannelRequest, Parsed, Referral } from "../../model/channel.ts";
import { idOf, type JsonRecord, listOf, recordOf, textOf, timeOf } from "../../model/values/providerValue.ts";
import { locationContent, mediaContent, textContent, unsupported } from "../kit/channelContent.ts";
import { channelPerson } from "../kit/channelPerson.ts";
import {
  derivedId,
  isEmpty,
  ofAnother,
  parsedJson,
  piecesOf,
  type Reading,
  readEach,
  unreadable,
} from "../kit/delivery.ts";
import { referralOf } from "../kit/referral.ts";
import { type MessageFields, rawBeside } from "../kit/restOfMessage.ts";
import { shortened, storable } from "../kit/storable.ts";

/** The differences between Messenger and Instagram. */
interface MessagingProduct {
  /** The `object` of its webhooks. */
  readonly object: "page" | "instagram";
  /** The id of the page or business account; events of another are skipped when it is known. */
  readonly accountId: string | undefined;
  /** Reads a message that has another meaning on this product; `undefined` if it is a plain message. */
  special?(message: JsonRecord): "started" | "skipped" | undefined;
}

/**
 * Reads the deliveries of Messenger and Instagram. The same event comes as `messaging[]` or, with Instagram's Business
 * Login and from the dashboard's test, as the value of `changes[]`; both are read by the same rules.
 * https://developers.facebook.com/docs/messenger-platform/reference/webhook-events
 * https://developers.facebook.com/docs/graph-api/webhooks/reference/instagram
 */
export function parseMessaging(request: ChannelRequest, product: MessagingProduct): Parsed {
  return parsedJson(request, function* (body) {
    const { object, entry } = recordOf(body);
    if (object !== product.object) return yield unreadable(`no webhook of object ${product.object}`, body);
    yield* readEach(piecesOf(entry), (one) => readEntry(one, product, request.receivedAt));
  });
}

/** The context in which every event is read. */
interface EntryContext extends MessagingProduct {
  readonly entryId: string | undefined;
  readonly receivedAt: Date;
}

function* readEntry(entry: unknown, product: MessagingProduct, receivedAt: Date): Generator<Reading> {
  const { id, time: _, uid, changed_fields, messaging, changes, standby, ...others } = recordOf(entry);
  const entryId = idOf(id);
  if (product.accountId !== undefined && entryId !== product.accountId)
    return yield ofAnother("account", entryId, entry);
  const context = { ...product, entryId, receivedAt };
  if (piecesOf(standby).length > 0) yield inStandby;
  yield* readEach(piecesOf(changes), (change) => readChange(change, context));
  yield* readEach(piecesOf(messaging), (event) => readEvent(event, context));
  const isKnown = [messaging, changes, standby, uid, changed_fields].some((part) => part !== undefined);
  if (!isKnown && Object.keys(others).length > 0) yield unreadable("an entry of an unknown form", entry);
}

const inStandby = "a conversation that another app leads";

function* readChange(change: unknown, context: EntryContext): Generator<Reading> {
  const { field, value } = recordOf(change);
  if (field === "standby") return yield inStandby;
  if (isPublic(field)) return yield "a change that is no message";
  const events = piecesOf(value);
  if (events.length === 0) return yield unreadable("a change of an unknown kind", change);
  yield* readEach(events, (event) => {
    const isEvent = event !== null && typeof event === "object" && "sender" in event;
    return isEvent ? readEvent(event, context) : [unreadable("a change of an unknown kind", change)];
  });
}

/**
 * Fields that are no conversation: posts, comments, mentions and leads, and changes of the page or account itself.
 * https://developers.facebook.com/docs/graph-api/webhooks/reference/page
 */
const publicFields: ReadonlySet<unknown> = new Set([
  ...["feed", "mention", "mentions", "comments", "live_comments", "ratings", "leadgen", "leadgen_fat", "live_videos"],
  ...["story_insights", "story_reactions", "story_share", "conversations", "inbox_labels", "group_feed", "videos"],
  ...["video_text_question_responses", "checkins", "product_review", "products", "picture", "publisher_subscriptions"],
  ...["about", "affiliation", "attire", "awards", "bio", "birthday", "category", "company_overview", "culinary_team"],
  ...["current_location", "description", "email", "founded", "general_info", "general_manager", "hometown", "hours"],
  ...["location", "members", "mission", "name", "page_about_story", "page_change_proposal", "page_upcoming_change"],
  ...["parking", "payment_options", "personal_info", "personal_interests", "phone", "price_range", "public_transit"],
  ...["website", "business_integrity", "send_cart_settings", "mcom_invoice_change", "registration", "release_date"],
]);

/** Fields of the kind `creator_marketplace_invited_creator_onboarding`, of which there will be more. */
const publicPrefixes = ["creator_marketplace_", "marketing_message", "branded_camera_", "invoice_access_"];

const isPublic = (field: unknown): boolean =>
  publicFields.has(field) || publicPrefixes.some((prefix) => typeof field === "string" && field.startsWith(prefix));

/**
 * Events without a new message: changes of an earlier one, or of the conversation.
 * https://developers.facebook.com/docs/messenger-platform/reference/webhook-events
 */
const serviceEvents = [
  ...["reaction", "message_edit", "message_edits", "policy_enforcement", "account_linking"],
  ...["pass_thread_control", "take_thread_control", "request_thread_control", "app_roles", "response_feedback"],
  ...["checkout_update", "pre_checkout", "optout", "business_integrity"],
];

function* readEvent(piece: unknown, context: EntryContext): Generator<Reading> {
  const event = recordOf(piece);
  const message = recordOf(event.message);
  const sender = idOf(recordOf(event.sender).id);
  // The account itself is the sender of an echo.
  if (message.is_echo === true || event.message_echo !== undefined) return yield "an echo";
  if (sender !== undefined && sender === context.entryId) return yield "an echo";
  const isMessage = event.message !== undefined && event.message !== null;
  const hasContent = isMessage || [event.postback, event.referral].some((part) => part !== undefined);
  const service = hasContent ? undefined : readService(event, sender);
  if (service !== undefined) return yield service;
  if (sender === undefined) return yield unreadable("no sender", piece);
  const person = channelPerson({ externalId: sender, raw: { id: sender } });
  const occurredAt = timeOf(event.timestamp);
  const base = { person, occurredAt, referral: referredBy(event) };
  const ownId = () => derivedId(event, occurredAt ?? context.receivedAt);
  if (isMessage) return yield readMessage(event.message, base, { ownId, context });
  if (event.postback !== undefined) return yield readPostback(recordOf(event.postback), base, ownId);
  if (event.referral !== undefined || event.optin !== undefined) return yield { kind: "started", ...base };
  const { sender: _, recipient: __, timestamp: ___, ...unknown } = event;
  if (isEmpty(unknown)) return yield "nothing in it";
  yield { kind: "message", ...base, messageId: ownId(), content: unsupported(), raw: shortened(event) };
}

/** Reads an event that is of no new message; `undefined` if it is another one. */
function readService(event: JsonRecord, sender: string | undefined): Reading | undefined {
  if (event.delivery !== undefined || event.read !== undefined) return readReceipt(event, sender);
  const isService = isOptinForLater(event) || serviceEvents.some((name) => event[name] !== undefined);
  return isService ? "a receipt, a reaction or another event that is no message" : undefined;
}

/**
 * Reads a receipt: of messages by their ids, or of all up to a time.
 * https://developers.facebook.com/docs/messenger-platform/reference/webhook-events/message-deliveries, …/message-reads
 * https://developers.facebook.com/docs/messenger-platform/instagram/features/webhook (`messaging_seen`)
 */
function readReceipt(event: JsonRecord, sender: string | undefined): Reading {
  const state = event.read === undefined ? "delivered" : "read";
  const { mid, mids, watermark } = recordOf(event.read ?? event.delivery);
  const externalIds = [mid, ...piecesOf(mids)].map(idOf).filter((id) => id !== undefined);
  const time = timeOf(watermark);
  const occurredAt = timeOf(event.timestamp) ?? time;
  if (externalIds.length > 0) return { kind: "receipt", state, externalIds, occurredAt };
  if (sender === undefined || time === undefined) return "a receipt, a reaction or another event that is no message";
  return { kind: "receipt", state, externalIds, upTo: { externalId: sender, time }, occurredAt };
}

/**
 * Reads the referral of an event, by a link, a code or an ad: beside the message or the pressed button, or inside.
 * https://developers.facebook.com/docs/messenger-platform/reference/webhook-events/messaging_referrals
 */
function referredBy(event: JsonRecord): Referral | undefined {
  const within = [event.message, event.postback].map((part) => recordOf(part).referral);
  const { ref, source, type, ad_id } = recordOf([event.referral, ...within].find((one) => one !== undefined));
  return referralOf({ code: ref, source, type, adId: ad_id });
}

/**
 * Tells whether an opt-in starts no conversation: one with a type requests notifications or marketing; one with only a
 * reference has no person yet.
 */
function isOptinForLater(event: JsonRecord): boolean {
  const { type, user_ref } = recordOf(event.optin);
  return type !== undefined || (user_ref !== undefined && event.sender === undefined);
}

interface EventBase {
  readonly person: ChannelPerson;
  readonly occurredAt: Date | undefined;
  readonly referral: Referral | undefined;
}

function readMessage(
  piece: unknown,
  base: EventBase,
  { ownId, context }: { readonly ownId: () => string; readonly context: EntryContext },
): Reading {
  const message = recordOf(piece);
  if (message.is_deleted === true) return "an unsent message";
  const special = context.special?.(message);
  if (special === "skipped") return "switched off for this integration";
  if (special === "started") return { kind: "started", ...base };
  if (Object.keys(message).length === 0 && typeof piece === "object") return "nothing in it";
  const content = contentOf(message);
  const raw = Object.keys(message).length === 0 ? shortened(piece) : rawBeside(content, message, fields);
  return { kind: "message", ...base, messageId: idOf(message.mid) ?? ownId(), content, raw };
}

function readPostback(postback: JsonRecord, base: EventBase, ownId: () => string): Reading {
  const { mid, payload, title, referral } = postback;
  const payloadText = textOf(payload);
  if (!payloadText) return { kind: "started", ...base };
  // Older postbacks have no `mid`; a redelivery then repeats the person and the time.
  const { occurredAt, person } = base;
  const messageId = idOf(mid) ?? (occurredAt ? `${person.externalId}:${occurredAt.getTime()}` : ownId());
  const raw = referral === undefined ? undefined : storable(postback);
  return { kind: "postback", ...base, messageId, payload: payloadText, text: textOf(title) || undefined, raw };
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

const fields: MessageFields = {
  ignored: new Set(["mid", "text", "quick_reply", "seq"]),
  kept: new Set(["reply_to", "referral", "attachments", "sticker_id"]),
};
