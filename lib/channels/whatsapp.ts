import type { Channel, ChannelContent, ChannelPerson } from "../domain/channel.ts";
import { locationContent, mediaContent, textContent, unsupported } from "../domain/channelContent.ts";
import { channelPerson, firstLine, nameParts } from "../domain/channelPerson.ts";
import { parsedDelivery, type Reading, readEach } from "../domain/delivery.ts";
import { parseLosslessJson } from "../domain/losslessJson.ts";
import { metaAcknowledgement, metaFields, metaHandshake, metaVerify } from "../domain/metaWebhook.ts";
import { internationalFormat } from "../domain/phoneNumber.ts";
import { idOf, type JsonRecord, listOf, recordOf, timeOf } from "../domain/providerValue.ts";
import { givenText } from "../domain/signature.ts";
import { storable } from "../domain/storable.ts";

/**
 * WhatsApp Cloud API. A person is known by phone number, by business-scoped user id (BSUID), or by both; people with a
 * username may show no number. https://developers.facebook.com/documentation/business-messaging/whatsapp:
 * webhooks/reference/messages for the payloads, business-scoped-user-ids for the identities.
 */
export const whatsapp = {
  type: "whatsapp",
  // The vendor hosts WhatsApp itself, so its API requires none of these; a Meta app of one's own needs the first three.
  fields: {
    appSecret: { secret: true },
    ...metaFields,
    phoneNumberId: {},
    accountId: {},
    accountManagementAccessToken: { secret: true },
    hsmFallbackLanguage: {},
  },
  handshake: metaHandshake,
  verify: metaVerify,
  parse(request, credentials) {
    const body = recordOf(parseLosslessJson(request.rawBody));
    if (body.object !== "whatsapp_business_account") return { events: [], skipped: ["no WhatsApp webhook"] };
    const changes = listOf(body.entry).flatMap((entry) => listOf(recordOf(entry).changes));
    const phoneNumberId = givenText(credentials, "phoneNumberId");
    return parsedDelivery(readEach(changes, (change) => readChange(recordOf(change), phoneNumberId)));
  },
  acknowledgement: metaAcknowledgement,
  redelivers: true,
} satisfies Channel;

function* readChange(change: JsonRecord, phoneNumberId: string | undefined): Generator<Reading> {
  const value = recordOf(change.value);
  const metadata = recordOf(value.metadata);
  if (change.field === "user_id_update") return yield* readEach(listOf(value.user_id_update), readUserIdUpdate);
  if (change.field !== "messages") return yield "a change that is no message";
  // One Meta app, and so one app secret, may serve many numbers.
  if (phoneNumberId !== undefined && idOf(metadata.phone_number_id) !== phoneNumberId)
    return yield "of another phone number";
  const messages = listOf(value.messages);
  // A status carries contacts too; only a message makes somebody of one.
  if (messages.length === 0) return yield listOf(value.statuses).length > 0 ? "a status" : "no message";
  const contacts = contactsOf(listOf(value.contacts));
  const businessNumber = idOf(metadata.display_phone_number)?.replace(/\D/g, "");
  yield* readEach(messages, (message) => readMessage(recordOf(message), contacts, businessNumber));
}

function* readMessage(message: JsonRecord, contacts: Contacts, businessNumber: string | undefined): Generator<Reading> {
  if (message.type === "system") return yield readSystemMessage(message);
  if (message.type === "reaction") return yield "a reaction";
  if (message.group_id !== undefined && message.group_id !== null) return yield "in a group";
  if (idOf(message.from) !== undefined && idOf(message.from) === businessNumber) return yield "an echo";
  const content = contentOf(message);
  if (content === undefined) return yield "an unknown kind of message";
  const person = personOf(message, contacts);
  const messageId = idOf(message.id);
  if (person === undefined) return yield "no sender";
  if (messageId === undefined) return yield "no message id";
  yield {
    kind: "message",
    person,
    messageId,
    occurredAt: timeOf(message.timestamp),
    content,
    raw: isPlainText(message) ? undefined : storable(message),
  };
}

/** The contacts of a delivery by their ids, of which a thousand may come at once, and the first of each counts. */
interface Contacts {
  readonly byPhone: ReadonlyMap<string | undefined, JsonRecord>;
  readonly byUserId: ReadonlyMap<string | undefined, JsonRecord>;
}

function contactsOf(listed: readonly unknown[]): Contacts {
  const lastFirst = listed.map(recordOf).reverse();
  return {
    byPhone: new Map(lastFirst.map((contact) => [idOf(contact.wa_id), contact])),
    byUserId: new Map(lastFirst.map((contact) => [idOf(contact.user_id), contact])),
  };
}

/** The contact is found by id: `contacts` and `messages` are not in the same order. */
function personOf(message: JsonRecord, contacts: Contacts): ChannelPerson | undefined {
  const from = idOf(message.from);
  const fromUserId = idOf(message.from_user_id);
  const contact =
    (from === undefined ? undefined : contacts.byPhone.get(from)) ??
    (fromUserId === undefined ? undefined : contacts.byUserId.get(fromUserId)) ??
    {};
  const phone = from ?? idOf(contact.wa_id);
  const userId = fromUserId ?? idOf(contact.user_id);
  const parentUserId = idOf(message.from_parent_user_id) ?? idOf(contact.parent_user_id);
  const externalId = phone ?? userId;
  if (externalId === undefined) return undefined;
  const profile = recordOf(contact.profile);
  return channelPerson({
    externalId,
    aliases: [phone, userId, parentUserId],
    displayName: firstLine(profile.name, profile.username) ?? (phone && internationalFormat(phone)),
    ...nameParts(profile.name),
    raw: { from: phone, user_id: userId, parent_user_id: parentUserId, profile: contact.profile },
  });
}

function contentOf(message: JsonRecord): ChannelContent | undefined {
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
      const place = recordOf(message.location);
      return locationContent({ lat: place.latitude, long: place.longitude, name: place.name, address: place.address });
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
    case "contacts":
    case "unsupported":
      return unsupported();
    default:
      return undefined;
  }
}

function contentOfMedia(type: "image" | "file", media: JsonRecord): ChannelContent {
  return mediaContent(type, {
    url: media.url,
    mediaType: media.mime_type,
    text: media.caption,
    altText: media.filename,
  });
}

const plainTextKeys = new Set(["from", "from_user_id", "from_parent_user_id", "id", "timestamp", "type", "text"]);

function isPlainText(message: JsonRecord): boolean {
  return message.type === "text" && Object.keys(message).every((key) => plainTextKeys.has(key));
}

/**
 * A changed number or BSUID; webhooks/reference/messages/system. The sentence in `body` is not read: it contains the
 * person's name, which anyone may choose to look like an id.
 */
function readSystemMessage(message: JsonRecord): Reading {
  const system = recordOf(message.system);
  if (system.type !== "user_changed_number" && system.type !== "user_changed_user_id") return "a system message";
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
  // Where no old id is gone, the person is known by the ids that stay.
  const [externalId, ...aliases] = gone.length > 0 ? gone : old;
  const to = gone.length > 0 ? current : current.filter((id) => !old.includes(id));
  if (externalId === undefined || to.length === 0) return "a change of identity without both its sides";
  const person = channelPerson({ externalId, aliases });
  return { kind: "identityChanged", person, occurredAt: timeOf(timestamp), to };
}

function idsOf(values: readonly unknown[]): readonly string[] {
  return [...new Set(values.map(idOf).filter((id) => id !== undefined))];
}
