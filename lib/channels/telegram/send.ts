import type { Credentials } from "../../model/channel.ts";
import type { CallResult, OutgoingMessage, ProviderAnswer, ProviderRequest } from "../../model/channelCall.ts";
import type { Action } from "../../model/content/action.ts";
import type { FileContent } from "../../model/content/file.ts";
import type { ImageContent } from "../../model/content/image.ts";
import type { MessageItem } from "../../model/content/item.ts";
import type { LocationContent } from "../../model/content/location.ts";
import type { Content } from "../../model/message.ts";
import { idOf, type JsonRecord, numberOf, recordOf, textOf } from "../../model/values/providerValue.ts";
import type { ChannelSender, SendTarget } from "../contract.ts";
import {
  labelOf,
  linkedFile,
  openedBy,
  plainText,
  splitText,
  type TextLimit,
  textBeside,
  withButtonLines,
} from "../kit/fallback.ts";
import { mediaTypeOf } from "../kit/mediaTypeOf.ts";
import {
  accepted,
  answered,
  jsonRequest,
  laterBecause,
  refusedFor,
  resultOfStatus,
  retryAfter,
  toldFields,
} from "../kit/providerAnswer.ts";
import { markedReply } from "../kit/replyMark.ts";
import { givenText } from "../kit/signature.ts";

const origin = "https://api.telegram.org";

/** Telegram's bot API. https://core.telegram.org/bots/api#making-requests */
export const send = {
  needs: ["token"],
  origins: [origin],
  reports: false,
  idempotent: false,
  write: (message, target) => {
    const quote = quoteOf(message);
    return callsFor(message.content).map(({ method, body }, index) =>
      requestTo(target.credentials, method, { chat_id: chatOf(target), ...body, ...(index === 0 ? quote : {}) }),
    );
  },
  read: readAnswer,
  /** It shows for five seconds, or until a message comes. https://core.telegram.org/bots/api#sendchataction */
  typing: (activity, target) =>
    activity === "typing:start"
      ? requestTo(target.credentials, "sendChatAction", { chat_id: chatOf(target), action: "typing" })
      : undefined,
  /** https://core.telegram.org/bots/api#getme */
  check: (credentials) => requestTo(credentials, "getMe", {}),
  learned(answer) {
    const { id, username } = recordOf(answered(answer).result);
    return toldFields({ botId: idOf(id), username: textOf(username, 64) });
  },
  /** https://core.telegram.org/bots/api#setwebhook */
  register: (credentials, webhookUrl) => [
    requestTo(credentials, "setWebhook", {
      url: webhookUrl,
      secret_token: givenText(credentials, "secretToken"),
      allowed_updates: ["message", "callback_query", "my_chat_member"],
    }),
  ],
} satisfies ChannelSender;

/** A method of the API, and its parameters apart from the chat. */
interface Call {
  readonly method: string;
  readonly body: JsonRecord;
}

function requestTo(credentials: Credentials, method: string, body: JsonRecord): ProviderRequest {
  const token = encodeURIComponent(givenText(credentials, "token") ?? "").replaceAll("%3A", ":");
  return jsonRequest(`${origin}/bot${token}/${method}`, body);
}

/** Reads the id of a private chat, which is the person's. */
function chatOf({ recipient: { externalId } }: SendTarget): number | string {
  const id = Number(externalId);
  return Number.isSafeInteger(id) && String(id) === externalId ? id : externalId;
}

/** https://core.telegram.org/bots/api#replyparameters */
function quoteOf({ quotedExternalId = "" }: OutgoingMessage): JsonRecord {
  if (!/^\d{1,15}$/.test(quotedExternalId)) return {};
  return { reply_parameters: { message_id: Number(quotedExternalId), allow_sending_without_reply: true } };
}

/** https://core.telegram.org/bots/api#sendmessage, and #sendphoto for captions. */
const limits = {
  text: { size: 4096, in: "units" },
  caption: { size: 1024, in: "units" },
  /** None is documented; a longer label could not be read. */
  label: { size: 128, in: "units" },
  callbackBytes: 64,
} as const satisfies Record<string, TextLimit | number>;

function callsFor(content: Content): readonly Call[] {
  switch (content.type) {
    case "text":
      return textCalls(textBeside(content), content.actions);
    case "image":
    case "file":
      return mediaCalls(content);
    case "location":
      return [locationCall(content)];
    case "carousel":
      return content.items.flatMap((item) => itemCalls(item));
    // The vendor sends the items of a list as messages of their own here, as it does with a carousel's.
    case "list":
      return content.items.flatMap((item, index) =>
        itemCalls(item, index === content.items.length - 1 ? content.actions : []),
      );
    default:
      return textCalls(plainText(content));
  }
}

function textCalls(text: string, actions: readonly Action[] = []): readonly Call[] {
  const { markup, lines } = buttonsOf(actions);
  const parts = splitText(withButtonLines(text, lines), limits.text);
  const shown = parts.length > 0 ? parts : ["…"];
  return shown.map((part, index) => ({
    method: "sendMessage",
    body: { text: part, ...(index === shown.length - 1 ? markup : {}) },
  }));
}

/** Shows a file with its text below it, or after it where the text is too long for that. */
function fileCalls(file: Call, text: string, actions: readonly Action[] = []): readonly Call[] {
  const { markup, lines } = buttonsOf(actions);
  const caption = withButtonLines(text, lines);
  if (caption.length > limits.caption.size) return [file, ...textCalls(text, actions)];
  return [{ method: file.method, body: { ...file.body, ...(caption === "" ? {} : { caption }), ...markup } }];
}

/**
 * The methods that take a file's address, by the types of files that each is documented to take; what none takes is a
 * link. https://core.telegram.org/bots/api#sending-files
 */
const methods: Readonly<Record<string, readonly [method: string, field: string]>> = {
  "image/jpeg": ["sendPhoto", "photo"],
  "image/png": ["sendPhoto", "photo"],
  "image/webp": ["sendPhoto", "photo"],
  "image/gif": ["sendAnimation", "animation"],
  "video/mp4": ["sendVideo", "video"],
  "audio/mpeg": ["sendAudio", "audio"],
  "audio/mp4": ["sendAudio", "audio"],
  "audio/ogg": ["sendVoice", "voice"],
  "application/pdf": ["sendDocument", "document"],
  "application/zip": ["sendDocument", "document"],
};

function fileCall(url: string, type: string | undefined): Call | undefined {
  const [method, field] = methods[type ?? ""] ?? [];
  return method === undefined || field === undefined ? undefined : { method, body: { [field]: url } };
}

function mediaCalls(content: FileContent | ImageContent): readonly Call[] {
  const { mediaUrl } = content;
  const usual = content.type === "image" ? "image/jpeg" : undefined;
  const file = mediaUrl === undefined ? undefined : fileCall(mediaUrl, mediaTypeOf(content) || usual);
  const actions = content.type === "image" ? content.actions : [];
  if (file === undefined) return textCalls(linkedFile(content), actions);
  return fileCalls(file, textBeside(content), actions);
}

function itemCalls(item: MessageItem, more: readonly Action[] = []): readonly Call[] {
  const { title, description = "", mediaUrl, mediaType, actions } = item;
  const text = [title, description].filter((line) => line.trim() !== "").join("\n");
  const buttons = [...actions, ...more];
  const type = mediaUrl === undefined ? undefined : mediaTypeOf({ mediaUrl, mediaType }) || "image/jpeg";
  const picture = mediaUrl === undefined ? undefined : fileCall(mediaUrl, type);
  return picture === undefined ? textCalls(text, buttons) : fileCalls(picture, text, buttons);
}

/** https://core.telegram.org/bots/api#sendlocation, and #sendvenue, which needs a title and an address. */
function locationCall({ coordinates: { lat, long }, location = {} }: LocationContent): Call {
  const point = { latitude: lat, longitude: long };
  const { name = location.address, address = name } = location;
  return name === undefined
    ? { method: "sendLocation", body: point }
    : { method: "sendVenue", body: { ...point, title: name, address } };
}

interface Buttons {
  /** What the message carries of them: one keyboard, of one kind. */
  readonly markup: { readonly reply_markup?: JsonRecord };
  /** Those that a keyboard cannot show. */
  readonly lines: readonly Action[];
}

/**
 * Lays buttons out below the message, a row each. To ask for the person's location there is another keyboard alone, in
 * place of the letters': a reply there is a text like any other. https://core.telegram.org/bots/api#replykeyboardmarkup
 */
function buttonsOf(actions: readonly Action[]): Buttons {
  const asksForPlace = actions.some(({ type }) => type === "locationRequest");
  const shows = asksForPlace ? keyboardButton : inlineButton;
  const rows = actions.map(shows).filter((button) => button !== undefined);
  const lines = actions.filter((action) => shows(action) === undefined);
  if (rows.length === 0) return { markup: {}, lines };
  const keyboard = rows.map((button) => [button]);
  const markup = asksForPlace
    ? { keyboard, resize_keyboard: true, one_time_keyboard: true }
    : { inline_keyboard: keyboard };
  return { markup: { reply_markup: markup }, lines };
}

function keyboardButton(action: Action): JsonRecord | undefined {
  const text = labelOf(action, limits.label);
  if (action.type === "locationRequest") return { text, request_location: true };
  return action.type === "reply" ? { text } : undefined;
}

/** https://core.telegram.org/bots/api#inlinekeyboardbutton */
function inlineButton(action: Action): JsonRecord | undefined {
  const text = labelOf(action, limits.label);
  const url = openedBy(action);
  if (url !== undefined) return /^(https?|tg):\/\/\S+$/i.test(url) ? { text, url } : undefined;
  const data = callbackData(action);
  return data === undefined ? undefined : { text, callback_data: data };
}

function callbackData(action: Action): string | undefined {
  if (action.type !== "reply" && action.type !== "postback") return undefined;
  const data = action.type === "reply" ? markedReply(action.payload) : action.payload;
  const bytes = Buffer.byteLength(data);
  return bytes >= 1 && bytes <= limits.callbackBytes ? data : undefined;
}

/** Reads an answer. https://core.telegram.org/bots/api#making-requests, and #responseparameters for the wait. */
function readAnswer(answer: ProviderAnswer): CallResult {
  const { ok, result, description, parameters, error_code } = answered(answer);
  if (ok === true) return accepted(idOf(recordOf(result).message_id));
  // What is not the API's form comes from a machine on the way.
  if (ok !== false && answer.status < 300) return laterBecause("The answer is not one of Telegram's API.");
  const status = ok === false ? (numberOf(error_code) ?? answer.status) : answer.status;
  if (status === 429)
    return laterBecause(description, numberOf(recordOf(parameters).retry_after) ?? retryAfter(answer));
  const words = textOf(description) ?? "";
  // A token of a wrong form names no bot, whose methods are then not found.
  if (ok === false && (status === 401 || status === 404)) return refusedFor("wrongCredentials", words);
  if (unreachable.test(words)) return refusedFor("unreachable", words);
  return resultOfStatus({ ...answer, status }, description);
}

/** What the API says of people whom it does not find: only its words tell it from other bad requests. */
const unreachable = /chat not found|user not found|PEER_ID_INVALID|user is deactivated/i;
