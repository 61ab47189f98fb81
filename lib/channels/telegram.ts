import type { Channel, ChannelContent, ChannelPerson } from "../domain/channel.ts";
import { locationContent, mediaContent, textContent, unsupported } from "../domain/channelContent.ts";
import { channelPerson, firstLine } from "../domain/channelPerson.ts";
import { parsedDelivery, type Reading, readEach } from "../domain/delivery.ts";
import { parseLosslessJson } from "../domain/losslessJson.ts";
import { idOf, type JsonRecord, recordOf, textOf, timeOf } from "../domain/providerValue.ts";
import { givenText, refused, sameSecret } from "../domain/signature.ts";
import { storable } from "../domain/storable.ts";

/** Telegram's bot API: one update per delivery. https://core.telegram.org/bots/api#update */
export const telegram = {
  type: "telegram",
  fields: {
    token: { required: true, secret: true },
    /** https://core.telegram.org/bots/api#setwebhook */
    secretToken: { secret: true, generated: true, maxLength: 256, pattern: /^[A-Za-z0-9_-]+$/ },
  },
  handshake: () => undefined,
  verify(request, credentials) {
    const secretToken = givenText(credentials, "secretToken");
    if (secretToken === undefined) return refused(401, "the integration has no secretToken");
    const given = request.headers["x-telegram-bot-api-secret-token"];
    if (given === undefined) return refused(401, "no X-Telegram-Bot-Api-Secret-Token");
    return sameSecret(given, secretToken) ? { ok: true } : refused(401, "the secret token does not match");
  },
  parse: (request) => parsedDelivery(readEach([parseLosslessJson(request.rawBody)], readUpdate)),
  // An answer with a body could be taken for a call of a bot method.
  acknowledgement: { status: 200 },
  redelivers: true,
} satisfies Channel;

function* readUpdate(body: unknown): Generator<Reading> {
  const update = recordOf(body);
  if (update.message !== undefined) return yield readMessage(recordOf(update.message), update);
  if (update.callback_query !== undefined) return yield readCallbackQuery(recordOf(update.callback_query));
  if (update.my_chat_member !== undefined) return yield readChatMember(recordOf(update.my_chat_member));
  yield "an update that is no message";
}

function readMessage(message: JsonRecord, update: JsonRecord): Reading {
  const person = personOf(message.from);
  if (person === undefined) return "not from a person";
  if (!isPrivate(message.chat, person)) return "in a group or channel";
  const content = contentOf(message);
  if (content === undefined) return "a service message";
  const messageId = idOf(message.message_id);
  const updateId = idOf(update.update_id);
  if (messageId === undefined || updateId === undefined) return "no message id";
  return {
    kind: "message",
    person,
    messageId,
    // A message's id is unique in its chat only; an update's id starts anew at random after a quiet week.
    dedupeKey: `${updateId}:${person.externalId}:${messageId}`,
    occurredAt: timeOf(message.date),
    content,
    raw: isPlainText(message) ? undefined : storable(message),
  };
}

/** A pressed inline button: by whom is in `from`; `message.from` is the bot. */
function readCallbackQuery(query: JsonRecord): Reading {
  const person = personOf(query.from);
  const messageId = idOf(query.id);
  const payload = textOf(query.data);
  if (person === undefined) return "not from a person";
  const chat = recordOf(query.message).chat;
  if (query.inline_message_id !== undefined || (chat !== undefined && !isPrivate(chat, person)))
    return "in a group or channel";
  if (messageId === undefined || !payload) return "a button without an id or data";
  return { kind: "postback", person, messageId, payload };
}

/** In a private chat the bot's membership changes when the person blocks or unblocks it. */
function readChatMember(change: JsonRecord): Reading {
  const person = personOf(change.from);
  if (person === undefined) return "not from a person";
  if (!isPrivate(change.chat, person)) return "in a group or channel";
  const occurredAt = timeOf(change.date);
  const status = recordOf(change.new_chat_member).status;
  if (status === "kicked") return { kind: "blocked", person, occurredAt };
  if (status === "member") return { kind: "unblocked", person, occurredAt };
  return "another change of membership";
}

/** Telegram itself, anonymous group admins, and channels: senders that are nobody. */
const fakeSenders = new Set(["777000", "1087968824", "136817688"]);

function personOf(value: unknown): ChannelPerson | undefined {
  const { id, is_bot, first_name, last_name, username, language_code } = recordOf(value);
  const externalId = idOf(id);
  if (externalId === undefined || is_bot === true || fakeSenders.has(externalId)) return undefined;
  const parts = [firstLine(first_name), firstLine(last_name)].filter((part) => part !== undefined);
  return channelPerson({
    externalId,
    displayName: firstLine(parts.join(" "), username),
    givenName: first_name,
    surname: last_name,
    locale: language_code,
    raw: { id, first_name, last_name, username, language_code },
  });
}

/** The vendor's own sample of an update has no `chat.type`; a private chat's id is the person's. */
function isPrivate(value: unknown, person: ChannelPerson): boolean {
  const chat = recordOf(value);
  return chat.type === "private" || (chat.type === undefined && idOf(chat.id) === person.externalId);
}

/** `undefined` for what is not said by anyone: pinned messages, changed titles and other service messages. */
function contentOf(message: JsonRecord): ChannelContent | undefined {
  if (message.text !== undefined) return textContent(message.text) ?? unsupported();
  const text = message.caption;
  // A file has an id that only the bot's token can turn into an address.
  if (message.photo !== undefined) return mediaContent("image", { text });
  const file = message.document ?? message.video ?? message.audio ?? message.voice ?? message.video_note;
  if (file !== undefined) {
    const { mime_type, file_name } = recordOf(file);
    return mediaContent("file", { mediaType: mime_type, altText: file_name, text });
  }
  if (message.venue !== undefined || message.location !== undefined) {
    const { title, address, location = message.location } = recordOf(message.venue);
    const { latitude, longitude } = recordOf(location);
    return locationContent({ lat: latitude, long: longitude, name: title, address });
  }
  return otherKinds.some((kind) => message[kind] !== undefined) ? unsupported(text) : undefined;
}

const otherKinds = [
  "sticker",
  "animation",
  "contact",
  "dice",
  "game",
  "poll",
  "story",
  "paid_media",
  "checklist",
  "web_app_data",
] as const;

const plainTextKeys = new Set(["message_id", "from", "chat", "date", "text"]);

function isPlainText(message: JsonRecord): boolean {
  return Object.keys(message).every((key) => plainTextKeys.has(key));
}
