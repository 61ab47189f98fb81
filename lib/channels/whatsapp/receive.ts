import type { ChannelContent, ChannelPerson, Referral } from "../../model/channel.ts";
import type { Receipt } from "../../model/channelCall.ts";
import { firstLine, nameParts } from "../../model/values/personName.ts";
import { internationalFormat } from "../../model/values/phoneNumber.ts";
import { idOf, type JsonRecord, recordOf, timeOf } from "../../model/values/providerValue.ts";
import type { ChannelReceiver } from "../contract.ts";
import {
  locationContent,
  mediaById,
  mediaByUrl,
  mediaContent,
  textContent,
  unsupported,
} from "../kit/channelContent.ts";
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
import { givenText } from "../kit/signature.ts";
import { failureOfReport } from "../meta/metaAnswer.ts";
import { metaAcknowledgement, metaHandshake, metaVerify } from "../meta/metaWebhook.ts";

/**
 * WhatsApp Cloud API. A person has a phone number, a business-scoped user id (BSUID), or both; people with a username
 * may show no number. https://developers.facebook.com/documentation/business-messaging/whatsapp:
 * webhooks/reference/messages for the payloads, business-scoped-user-ids for the identities.
 */
export const receive = {
  handshake: metaHandshake,
  verify: metaVerify,
  parse: (request, credentials) =>
    parsedJson(request, function* (body) {
      const { object, entry } = recordOf(body);
      if (object !== "whatsapp_business_account") return yield unreadable("no WhatsApp webhook", body);
      const delivered = { phoneNumberId: givenText(credentials, "phoneNumberId"), receivedAt: request.receivedAt };
      yield* readEach(piecesOf(entry), (one) => readEntry(one, delivered));
    }),
  acknowledgement: metaAcknowledgement,
  redelivers: true,
} satisfies ChannelReceiver;

/** The context in which every change is read. */
interface ChangeContext {
  readonly phoneNumberId: string | undefined;
  readonly receivedAt: Date;
}

function* readEntry(entry: unknown, delivered: ChangeContext): Generator<Reading> {
  const { id: _, time: __, changes, ...others } = recordOf(entry);
  yield* readEach(piecesOf(changes), (change) => readChange(change, delivered));
  if (changes === undefined && Object.keys(others).length > 0) yield unreadable("an entry of an unknown form", entry);
}

/**
 * Fields about the account itself, calls and groups, and messages that the business sent elsewhere or long ago.
 * https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/overview#webhook-fields
 */
const serviceFields =
  /^(account_\w+|business_\w+|message_template_\w+|template_\w+|phone_number_\w+|group_\w+|payment_\w+|marketing_\w+|partner_\w+|smb_\w+|history|message_echoes|calls|flows|security|standby|messaging_handovers|user_preferences|automatic_events|tracking_events|consumer_profile)$/;

function* readChange(change: unknown, delivered: ChangeContext): Generator<Reading> {
  const { field, value: rawValue } = recordOf(change);
  const value = recordOf(rawValue);
  const updates = piecesOf(value.user_id_update);
  if (updates.length > 0) return yield* readEach(updates, readUserIdUpdate);
  if (typeof field === "string" && serviceFields.test(field)) return yield "a change that is no message";
  const {
    messaging_product: _,
    metadata: rawMetadata,
    contacts: contactList,
    messages: messageList,
    statuses,
    errors,
    ...others
  } = value;
  const metadata = recordOf(rawMetadata);
  const phoneNumberId = idOf(metadata.phone_number_id);
  // One Meta app, and so one app secret, may serve many numbers.
  if (delivered.phoneNumberId !== undefined && phoneNumberId !== delivered.phoneNumberId)
    return yield ofAnother("phone number", phoneNumberId, isEmpty(messageList) ? undefined : change);
  const messages = piecesOf(messageList);
  if (messages.length > 0) {
    const named = piecesOf(contactList).map(recordOf);
    const context: Context = {
      contacts: contactsOf(named),
      // A single contact and a single message belong together.
      soleContact: named.length === 1 && messages.length === 1 ? named[0] : undefined,
      businessNumber: idOf(metadata.display_phone_number)?.replace(/\D/g, ""),
      receivedAt: delivered.receivedAt,
    };
    yield* readEach(messages, (message) => readMessage(message, context));
  }
  // A status has contacts too; only a message creates a user from one.
  const reports = piecesOf(statuses);
  yield* readEach(reports, readStatus);
  if (messages.length + reports.length > 0) return;
  const isKnown = field === "messages" && typeof rawValue === "object" && Object.keys(others).length === 0;
  yield isKnown || isEmpty(rawValue) || errors !== undefined
    ? "no message"
    : unreadable("a change of an unknown kind", change);
}

/** The context in which the messages of a change are read. */
interface Context {
  readonly contacts: Contacts;
  readonly soleContact: JsonRecord | undefined;
  readonly businessNumber: string | undefined;
  readonly receivedAt: Date;
}

/**
 * The statuses that tell what became of a message. `sent` says no more than the answer to the request did, `played` is of
 * a voice message. https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages/status
 */
const states: ReadonlyMap<unknown, Receipt["state"]> = new Map([
  ["delivered", "delivered"],
  ["read", "read"],
  ["played", "read"],
  ["failed", "failed"],
]);

function* readStatus(piece: unknown): Generator<Reading> {
  const { id, status, timestamp, errors } = recordOf(piece);
  const state = states.get(status);
  const externalId = idOf(id);
  if (state === undefined || externalId === undefined) return yield "a status";
  const failure = state === "failed" ? failureOfReport(recordOf(piecesOf(errors)[0])) : undefined;
  yield { kind: "receipt", state, externalIds: [externalId], failure, occurredAt: timeOf(timestamp) };
}

/** Messages about earlier ones. */
const serviceTypes: ReadonlyMap<unknown, string> = new Map([
  ["reaction", "a reaction"],
  ["edit", "an edited message"],
  ["revoke", "an unsent message"],
]);

function* readMessage(piece: unknown, context: Context): Generator<Reading> {
  const message = recordOf(piece);
  if (message.type === "system") return yield readSystemMessage(message);
  const reason = serviceTypes.get(message.type);
  if (reason !== undefined) return yield reason;
  if (message.group_id !== undefined && message.group_id !== null) return yield "in a group";
  if (idOf(message.from) !== undefined && idOf(message.from) === context.businessNumber) return yield "an echo";
  const person = personOf(message, context);
  if (person === undefined) return yield unreadable("no sender", piece);
  const occurredAt = timeOf(message.timestamp);
  // The person opened the chat for the first time, and has written nothing yet.
  if (message.type === "request_welcome") return yield { kind: "started", person, occurredAt };
  const content = contentOf(message);
  const messageId = idOf(message.id) ?? derivedId(message, occurredAt ?? context.receivedAt);
  const referral = referredBy(message);
  const quotedMessageId = idOf(recordOf(message.context).id);
  const raw = rawOf(message, content);
  yield { kind: "message", person, messageId, occurredAt, referral, content, quotedMessageId, raw };
}

/** Reads the ad or post from which the person came. */
function referredBy(message: JsonRecord): Referral | undefined {
  const { ctwa_clid, source_type, source_id } = recordOf(message.referral);
  return referralOf({ code: ctwa_clid, source: source_type, adId: source_id });
}

/** The contacts of a delivery by their ids, the first of each: a thousand may come at once. */
interface Contacts {
  readonly byPhone: ReadonlyMap<string | undefined, JsonRecord>;
  readonly byUserId: ReadonlyMap<string | undefined, JsonRecord>;
}

function contactsOf(named: readonly JsonRecord[]): Contacts {
  const lastFirst = named.toReversed();
  return {
    byPhone: new Map(lastFirst.map((contact) => [idOf(contact.wa_id), contact])),
    byUserId: new Map(lastFirst.map((contact) => [idOf(contact.user_id), contact])),
  };
}

/**
 * Finds the person of a message. The contact is found by id, since `contacts` and `messages` are not in the same order.
 * A single contact gives its name in any case.
 */
function personOf(message: JsonRecord, { contacts, soleContact }: Context): ChannelPerson | undefined {
  const from = idOf(message.from);
  const fromUserId = idOf(message.from_user_id);
  const isUnnamed = isEmpty(message.from) && isEmpty(message.from_user_id);
  const contact =
    (from === undefined ? undefined : contacts.byPhone.get(from)) ??
    (fromUserId === undefined ? undefined : contacts.byUserId.get(fromUserId)) ??
    (isUnnamed ? soleContact : undefined) ??
    {};
  const phone = from ?? idOf(contact.wa_id);
  const userId = fromUserId ?? idOf(contact.user_id);
  const parentUserId = idOf(message.from_parent_user_id) ?? idOf(contact.parent_user_id);
  const externalId = phone ?? userId;
  if (externalId === undefined) return undefined;
  // From a contact with other ids than the message's only the name is taken: an id that no message proves is no alias.
  const rawProfile = contact.profile ?? soleContact?.profile;
  const profile = recordOf(rawProfile);
  return channelPerson({
    externalId,
    aliases: [phone, userId, parentUserId],
    displayName: firstLine(profile.name, profile.username) ?? (phone && internationalFormat(phone)),
    ...nameParts(profile.name),
    raw: { from: phone, user_id: userId, parent_user_id: parentUserId, profile: rawProfile },
  });
}

function contentOf(message: JsonRecord): ChannelContent {
  switch (message.type) {
    case "text":
      return textContent(recordOf(message.text).body) ?? unsupported();
    case "image":
      return contentOfMedia("image", recordOf(message.image));
    case "sticker":
      return contentOfMedia("image", recordOf(message.sticker));
    case "video":
      return contentOfMedia("file", recordOf(message.video));
    case "audio":
      return contentOfMedia("file", recordOf(message.audio));
    case "voice":
      return contentOfMedia("file", recordOf(message.voice));
    case "document":
      return contentOfMedia("file", recordOf(message.document));
    case "location": {
      const location = recordOf(message.location);
      return locationContent({
        lat: location.latitude,
        long: location.longitude,
        name: location.name,
        address: location.address,
      });
    }
    case "button": {
      const button = recordOf(message.button);
      return textContent(button.text, button.payload) ?? unsupported();
    }
    case "interactive": {
      const interactive = recordOf(message.interactive);
      const reply = recordOf(interactive.button_reply ?? interactive.list_reply);
      return textContent(reply.title, reply.id) ?? unsupported();
    }
    case "order":
      return unsupported(recordOf(message.order).text);
    default:
      return unsupported();
  }
}

function contentOfMedia(type: "image" | "file", media: JsonRecord): ChannelContent {
  return mediaContent(type, {
    // The URL that some deliveries have ends after minutes, and asks for the access token like the one by the id.
    media: mediaById(media.id) ?? mediaByUrl(media.url),
    mediaType: media.mime_type,
    text: media.caption,
    altText: media.filename,
  });
}

const fields: MessageFields = {
  ignored: new Set(["from", "from_user_id", "from_parent_user_id", "id", "timestamp", "type", "text", "button"]),
  kept: new Set(["context", "referral", "interactive", "errors"]),
};

/** Picks the original that is kept beside a content, also from a text's own object, which may have new fields too. */
function rawOf(message: JsonRecord, content: ChannelContent): unknown {
  const beside = rawBeside(content, message, fields);
  const inText = content.type === "text" ? rawBeside(content, recordOf(message.text), textFields) : undefined;
  return inText === undefined ? beside : { ...recordOf(beside), text: inText };
}

const textFields: MessageFields = { ignored: new Set(["body"]), kept: new Set() };

/**
 * Reads a changed number or BSUID; webhooks/reference/messages/system. The sentence in `body` is not read: it contains
 * the person's name, which may look like an id.
 */
function readSystemMessage(message: JsonRecord): Reading {
  const system = recordOf(message.system);
  if (!identityChanges.has(system.type)) return "a system message";
  return identityChanged(
    [
      message.from,
      system.previous_user_id,
      message.from_user_id,
      system.previous_parent_user_id,
      message.from_parent_user_id,
    ],
    [system.wa_id, system.new_wa_id, system.user_id, system.parent_user_id],
    message.timestamp,
  );
}

/** The types of a changed identity; the first has another name in older versions of the API. */
const identityChanges: ReadonlySet<unknown> = new Set([
  "user_changed_number",
  "customer_changed_number",
  "user_changed_user_id",
]);

function* readUserIdUpdate(update: unknown): Generator<Reading> {
  const { wa_id, user_id, parent_user_id, timestamp } = recordOf(update);
  const user = recordOf(user_id);
  const parent = recordOf(parent_user_id);
  yield identityChanged([user.previous, parent.previous], [wa_id, user.current, parent.current], timestamp);
}

function identityChanged(before: readonly unknown[], after: readonly unknown[], timestamp: unknown): Reading {
  const old = idsOf(before);
  const current = idsOf(after);
  const gone = old.filter((id) => !current.includes(id));
  // If no old id is gone, the ids that stay identify the person.
  const [externalId, ...aliases] = gone.length > 0 ? gone : old;
  const to = gone.length > 0 ? current : current.filter((id) => !old.includes(id));
  if (externalId === undefined || to.length === 0) return "a change of identity without both its sides";
  const person = channelPerson({ externalId, aliases });
  return { kind: "identityChanged", person, occurredAt: timeOf(timestamp), to };
}

function idsOf(values: readonly unknown[]): readonly string[] {
  return [...new Set(values.map(idOf).filter((id) => id !== undefined))];
}
