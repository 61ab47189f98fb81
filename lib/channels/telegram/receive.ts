import type { ChannelContent, ChannelPerson } from "../../model/channel.ts";
import { firstLine } from "../../model/values/personName.ts";
import { idOf, type JsonRecord, listOf, recordOf, textOf, timeOf } from "../../model/values/providerValue.ts";
import type { ChannelReceiver } from "../contract.ts";
import { locationContent, mediaById, mediaContent, textContent, unsupported } from "../kit/channelContent.ts";
import { channelPerson } from "../kit/channelPerson.ts";
import { derivedId, isEmpty, parsedJson, piecesOf, type Reading, unreadable } from "../kit/delivery.ts";
import { parseLosslessJson } from "../kit/losslessJson.ts";
import { referralOf } from "../kit/referral.ts";
import { dataOfReply } from "../kit/replyMark.ts";
import { type MessageFields, rawBeside } from "../kit/restOfMessage.ts";
import { givenText, refused, sameSecret } from "../kit/signature.ts";
import { shortened } from "../kit/storable.ts";

/** Telegram's bot API: one update per delivery. https://core.telegram.org/bots/api#update */
export const receive = {
  handshake: () => undefined,
  verify(request, credentials) {
    const secretToken = givenText(credentials, "secretToken");
    if (secretToken === undefined) return refused(401, "the integration has no secretToken");
    const given = request.headers["x-telegram-bot-api-secret-token"];
    if (given === undefined) return refused(401, "no X-Telegram-Bot-Api-Secret-Token");
    return sameSecret(given, secretToken) ? { ok: true } : refused(401, "the secret token does not match");
  },
  parse: (request) => parsedJson(request, (body) => readUpdate(body, request.receivedAt)),
  // An answer with a body could be taken for a call of a bot method.
  acknowledgement: { status: 200 },
  /**
   * Ends the wait that the app shows on a pressed button, by a call of a method in the answer.
   * https://core.telegram.org/bots/api#answercallbackquery, and #making-requests-when-getting-updates
   */
  acknowledge(request) {
    const id = idOf(recordOf(recordOf(parseLosslessJson(request.rawBody)).callback_query).id);
    if (id === undefined) return undefined;
    const body = JSON.stringify({ method: "answerCallbackQuery", callback_query_id: id });
    return { status: 200, headers: { "content-type": "application/json" }, body };
  },
  redelivers: true,
} satisfies ChannelReceiver;

/**
 * Updates without a new message to the bot: edits, channels, another account's messages, reactions, votes, and changes
 * of chats. https://core.telegram.org/bots/api#update
 */
const serviceUpdates = [
  ...["edited_message", "channel_post", "edited_channel_post", "message_reaction", "message_reaction_count"],
  ...["business_connection", "business_message", "edited_business_message", "deleted_business_messages"],
  ...["guest_message", "managed_bot", "inline_query", "chosen_inline_result", "poll", "poll_answer"],
  ...["shipping_query", "pre_checkout_query", "chat_member", "chat_join_request", "chat_boost", "removed_chat_boost"],
] as const;

function* readUpdate(body: unknown, receivedAt: Date): Generator<Reading> {
  const { update_id, ...update } = recordOf(body);
  const updateId = idOf(update_id);
  if (update.message !== undefined) return yield readMessage(update.message, updateId, receivedAt);
  if (update.callback_query !== undefined) return yield readCallbackQuery(update.callback_query, receivedAt);
  if (update.my_chat_member !== undefined) return yield readChatMember(update.my_chat_member);
  if (serviceUpdates.some((kind) => update[kind] !== undefined)) return yield "an update that is no message";
  if (isEmpty(update) && typeof body === "object" && !Array.isArray(body)) return yield "an update that is no message";
  yield readUnknown(update, body, updateId, receivedAt);
}

/** Reads an update of a new kind: a message, if its sender is a person in a private chat. */
function readUnknown(update: JsonRecord, body: unknown, updateId: string | undefined, receivedAt: Date): Reading {
  const reason = "an update of an unknown kind";
  const { from, user = from, chat, date } = recordOf(Object.values(update)[0]);
  const person = personOf(user);
  if (person === undefined) return isNoPerson(user) ? "not from a person" : unreadable(reason, body);
  const isElsewhere = chat !== undefined && !isPrivate(chat, person);
  if (isElsewhere) return isShared(chat) ? "in a group or channel" : unreadable(reason, body);
  const occurredAt = timeOf(date);
  const messageId = updateId ?? derivedId(update, occurredAt ?? receivedAt);
  return { kind: "message", person, messageId, occurredAt, content: unsupported(), raw: shortened(update) };
}

function readMessage(piece: unknown, updateId: string | undefined, receivedAt: Date): Reading {
  const message = recordOf(piece);
  const { from, chat } = message;
  if (isShared(chat)) return "in a group or channel";
  if (isNoPerson(from)) return "not from a person";
  const person = personOf(from);
  if (person === undefined) return unreadable("no sender", piece);
  if (!isPrivate(chat, person)) return unreadable("in a chat of an unknown kind", piece);
  const content = contentOf(message);
  if (content.type === "unsupported" && serviceMessages.some((kind) => message[kind] !== undefined))
    return "a service message";
  const occurredAt = timeOf(message.date);
  const messageId = idOf(message.message_id) ?? derivedId(message, occurredAt ?? receivedAt);
  return {
    kind: "message",
    person,
    messageId,
    // A message's id is unique in its chat only; an update's id starts anew at random after a quiet week.
    dedupeKey: `${updateId ?? ""}:${person.externalId}:${messageId}`,
    occurredAt,
    referral: referralOf({ code: startParameter.exec(textOf(message.text) ?? "")?.[1] }),
    content,
    raw: rawBeside(content, message, fields),
  };
}

/**
 * The parameter of the link by which a person opened the chat: the first message then has it behind the command.
 * https://core.telegram.org/bots/features#deep-linking
 */
const startParameter = /^\/start ([\w-]{1,64})$/;

/** Reads a pressed inline button: `from` is the person; `message.from` is the bot. */
function readCallbackQuery(piece: unknown, receivedAt: Date): Reading {
  const query = recordOf(piece);
  const person = personOf(query.from);
  if (person === undefined) return isNoPerson(query.from) ? "not from a person" : unreadable("no sender", piece);
  const chat = recordOf(query.message).chat;
  if (query.inline_message_id !== undefined || (chat !== undefined && !isPrivate(chat, person)))
    return "in a group or channel";
  const payload = textOf(query.data);
  const messageId = idOf(query.id) ?? derivedId(query, receivedAt);
  const reply = dataOfReply(payload ?? "");
  if (reply !== undefined) return { kind: "message", person, messageId, content: replyOf(query, reply) };
  if (payload) return { kind: "postback", person, messageId, payload };
  if (query.game_short_name !== undefined) return "a button of a game";
  return { kind: "message", person, messageId, content: unsupported(), raw: shortened(query) };
}

/** Makes the text of a pressed reply button: its label, which Telegram sends back with the message if it still has it. */
function replyOf(query: JsonRecord, payload: string): ChannelContent {
  const rows = listOf(recordOf(recordOf(query.message).reply_markup).inline_keyboard);
  const pressed = rows.flatMap(listOf).find((button) => recordOf(button).callback_data === query.data);
  return textContent(recordOf(pressed).text ?? payload, payload) ?? unsupported();
}

/** Reads a change of the bot's membership: in a private chat the person blocked or unblocked it. */
function readChatMember(piece: unknown): Reading {
  const change = recordOf(piece);
  const person = personOf(change.from);
  if (person === undefined) return "not from a person";
  if (!isPrivate(change.chat, person)) return "in a group or channel";
  const occurredAt = timeOf(change.date);
  const status = recordOf(change.new_chat_member).status;
  if (status === "kicked") return { kind: "blocked", person, occurredAt };
  if (status === "member") return { kind: "unblocked", person, occurredAt };
  return "another change of membership";
}

/** Telegram itself, anonymous group admins, and channels: senders that are no people. */
const fakeSenders = new Set(["777000", "1087968824", "136817688"]);

/** Tells whether a sender is known to be no person. */
function isNoPerson(value: unknown): boolean {
  const { id, is_bot } = recordOf(value);
  return is_bot === true || fakeSenders.has(idOf(id) ?? "");
}

function personOf(value: unknown): ChannelPerson | undefined {
  const { id, first_name, last_name, username, language_code } = recordOf(value);
  const externalId = idOf(id);
  if (externalId === undefined || isNoPerson(value)) return undefined;
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

/**
 * Tells whether a chat is private. The vendor's own sample of an update has no `chat.type`; a private chat's id is the
 * person's.
 */
function isPrivate(value: unknown, person: ChannelPerson): boolean {
  const chat = recordOf(value);
  return chat.type === "private" || (chat.type === undefined && idOf(chat.id) === person.externalId);
}

/** Tells whether a chat has several members, also by the sign of its id. */
function isShared(value: unknown): boolean {
  const { id, type } = recordOf(value);
  return type === "group" || type === "supergroup" || type === "channel" || idOf(id)?.startsWith("-") === true;
}

function contentOf(message: JsonRecord): ChannelContent {
  if (message.text !== undefined) return textContent(message.text) ?? unsupported();
  const text = message.caption;
  // A file has an id that only the bot's token can turn into a URL. Of a photo the last size is the largest.
  if (message.photo !== undefined) {
    const largest = recordOf(piecesOf(message.photo).at(-1));
    return mediaContent("image", { media: mediaById(largest.file_id), text });
  }
  const file = message.document ?? message.video ?? message.audio ?? message.voice ?? message.video_note;
  if (file !== undefined) {
    const { file_id, mime_type, file_name } = recordOf(file);
    return mediaContent("file", { media: mediaById(file_id), mediaType: mime_type, altText: file_name, text });
  }
  if (message.venue !== undefined || message.location !== undefined) {
    const { title, address, location = message.location } = recordOf(message.venue);
    const { latitude, longitude } = recordOf(location);
    return locationContent({ lat: latitude, long: longitude, name: title, address });
  }
  return unsupported(text);
}

/**
 * Service messages: joining and leaving members, titles, pins, topics, calls.
 * https://core.telegram.org/bots/api#message
 */
const serviceMessages = [
  ...["new_chat_members", "left_chat_member", "new_chat_title", "new_chat_photo", "delete_chat_photo"],
  ...["group_chat_created", "supergroup_chat_created", "channel_chat_created", "migrate_to_chat_id"],
  ...["migrate_from_chat_id", "pinned_message", "message_auto_delete_timer_changed", "chat_background_set"],
  ...["connected_website", "write_access_allowed", "proximity_alert_triggered", "boost_added"],
  ...["forum_topic_created", "forum_topic_edited", "forum_topic_closed", "forum_topic_reopened"],
  ...["general_forum_topic_hidden", "general_forum_topic_unhidden", "direct_message_price_changed"],
  ...["paid_message_price_changed", "giveaway_created", "giveaway", "giveaway_winners", "giveaway_completed"],
  ...["video_chat_scheduled", "video_chat_started", "video_chat_ended", "video_chat_participants_invited"],
  ...["refunded_payment", "chat_owner_left", "chat_owner_changed", "managed_bot_created"],
] as const;

const fields: MessageFields = {
  ignored: new Set(["message_id", "from", "chat", "date", "text"]),
  kept: new Set(["entities", "reply_to_message", "quote", "forward_origin"]),
};
