import type { Credentials } from "../../model/channel.ts";
import type { CallResult, OutgoingMessage, ProviderAnswer, ProviderRequest } from "../../model/channelCall.ts";
import type { Action } from "../../model/content/action.ts";
import type { CarouselContent } from "../../model/content/carousel.ts";
import { linesOf } from "../../model/content/contentKind.ts";
import type { ImageContent } from "../../model/content/image.ts";
import type { ListContent } from "../../model/content/list.ts";
import type { LocationContent } from "../../model/content/location.ts";
import type { Content } from "../../model/message.ts";
import { idOf, type JsonRecord, listOf, recordOf, textOf } from "../../model/values/providerValue.ts";
import type { ChannelSender } from "../contract.ts";
import {
  cutText,
  labelOf,
  linkedFile,
  openedBy,
  plainText,
  splitText,
  textBeside,
  withButtonLines,
} from "../kit/fallback.ts";
import { mediaTypeOf } from "../kit/mediaTypeOf.ts";
import {
  accepted,
  answered,
  isSuccess,
  jsonRequest,
  laterBecause,
  refusedFor,
  resultOfStatus,
  toldFields,
} from "../kit/providerAnswer.ts";
import { markedReply } from "../kit/replyMark.ts";
import { givenText } from "../kit/signature.ts";

const origin = "https://api.line.me";

/**
 * LINE's Messaging API: push messages, since a reply token is valid for a minute only.
 * https://developers.line.biz/en/reference/messaging-api/#send-push-message
 */
export const send = {
  needs: ["channelAccessToken"],
  // The second one has the files that people send.
  origins: [origin, "https://api-data.line.me"],
  // An account's reports are numbers of people, not of one message.
  reports: false,
  idempotent: true,
  write: (message, { credentials, recipient }, key) =>
    pushes(messagesFor(message)).map((messages, place) =>
      requestTo(credentials, "/v2/bot/message/push", { to: recipient.externalId, messages }, key(place)),
    ),
  read: readAnswer,
  /** It shows until a message comes, a minute at most. https://developers.line.biz/en/reference/messaging-api/#display-a-loading-indicator */
  typing: (activity, { credentials, recipient }) =>
    activity === "typing:start"
      ? requestTo(credentials, "/v2/bot/chat/loading/start", { chatId: recipient.externalId, loadingSeconds: 20 })
      : undefined,
  /** The token of a message marks all before it, too. https://developers.line.biz/en/docs/messaging-api/mark-as-read/ */
  markRead({ credentials }, latest) {
    const markAsReadToken = idOf(recordOf(latest?.raw).markAsReadToken);
    return markAsReadToken === undefined
      ? undefined
      : requestTo(credentials, "/v2/bot/chat/markAsRead", { markAsReadToken });
  },
  /** https://developers.line.biz/en/reference/messaging-api/#get-bot-info */
  check: (credentials) => ({
    method: "GET",
    url: `${origin}/v2/bot/info`,
    headers: { authorization: authorizationOf(credentials) },
  }),
  learned: (answer) => toldFields({ lineId: textOf(answered(answer).basicId, 64) }),
  /** https://developers.line.biz/en/reference/messaging-api/#set-webhook-endpoint-url */
  register: (credentials, webhookUrl) => [
    { ...requestTo(credentials, "/v2/bot/channel/webhook/endpoint", { endpoint: webhookUrl }), method: "PUT" },
  ],
} satisfies ChannelSender;

const authorizationOf = (credentials: Credentials): string =>
  `Bearer ${givenText(credentials, "channelAccessToken") ?? ""}`;

/**
 * Writes a call. A push that is made again under its key within a day is one push.
 * https://developers.line.biz/en/docs/messaging-api/retrying-api-request/
 */
const requestTo = (credentials: Credentials, path: string, body: JsonRecord, retryKey?: string): ProviderRequest =>
  jsonRequest(origin + path, body, {
    authorization: authorizationOf(credentials),
    ...(retryKey === undefined ? {} : { "x-line-retry-key": retryKey }),
  });

/** A message object. https://developers.line.biz/en/reference/messaging-api/#message-objects */
type LineMessage = JsonRecord;

/** https://developers.line.biz/en/reference/messaging-api/#message-objects, #action-objects and #items-object. */
const limits = {
  messagesOfPush: 5,
  text: { size: 5000, in: "units" },
  altText: { size: 400, in: "units" },
  /** A text above its buttons; a longer one is a message before them. */
  bubbleText: { size: 1000, in: "units" },
  bubbleLabel: { size: 40, in: "units" },
  replyLabel: { size: 20, in: "units" },
  replyText: { size: 300, in: "units" },
  replies: 13,
  data: 300,
  uri: 1000,
  imageUrl: 2000,
  place: { size: 100, in: "units" },
  /** Bytes of a flex message's contents. */
  flex: { bubble: 30_000, carousel: 50_000 },
} as const;

/** Divides messages into pushes, each of which counts once in the account's plan. */
const pushes = (messages: readonly LineMessage[]): readonly (readonly LineMessage[])[] =>
  Array.from({ length: Math.ceil(messages.length / limits.messagesOfPush) }, (_, index) =>
    messages.slice(index * limits.messagesOfPush, (index + 1) * limits.messagesOfPush),
  );

function messagesFor({ content, override }: OutgoingMessage): readonly LineMessage[] {
  // The payload of the business's own: a message object, or a list of them as in the body of a push.
  if (override !== undefined) {
    const messages = listOf(override.messages).map(recordOf);
    return messages.length > 0 ? messages : [override];
  }
  const actions = "actions" in content ? (content.actions ?? []) : [];
  const replies = actions.map(replyButton).filter((button) => button !== undefined);
  const shown = replies.slice(0, limits.replies);
  const others = actions.filter((action) => replyButton(action) === undefined);
  const unshown = actions.filter((action) => replyButton(action) !== undefined).slice(limits.replies);
  const messages = withoutReplies(content, [...others, ...unshown]);
  const last = messages.at(-1);
  if (last === undefined || shown.length === 0) return messages;
  // LINE shows them while the message is the chat's last one.
  return [...messages.slice(0, -1), { ...last, quickReply: { items: shown } }];
}

function withoutReplies(content: Content, actions: readonly Action[]): readonly LineMessage[] {
  switch (content.type) {
    case "text":
      return textMessages(textBeside(content), actions);
    case "image":
      return imageMessages(content, actions);
    // A film needs a picture of it, a sound its length, and there is no message for other files.
    case "file":
      return textMessages(linkedFile(content), actions);
    case "location":
      return [locationMessage(content)];
    case "carousel":
    case "list":
      return carouselMessages(content);
    default:
      return textMessages(plainText(content), []);
  }
}

/** Shows a text, with its buttons below it in a bubble. */
function textMessages(text: string, actions: readonly Action[]): readonly LineMessage[] {
  const buttons = actions.map(bubbleButton).filter((button) => button !== undefined);
  const whole = withButtonLines(
    text,
    actions.filter((action) => bubbleButton(action) === undefined),
  );
  if (buttons.length === 0) return plainMessages(whole || "…");
  const isShort = whole.length <= limits.bubbleText.size;
  const bubble = bubbleOf(isShort ? [textBlock(whole)] : [], buttons);
  const altText = cutText(whole || labels(actions), limits.altText);
  return isTooLarge(bubble)
    ? plainMessages(withButtonLines(text, actions))
    : [...(isShort ? [] : plainMessages(whole)), flexMessage(altText, bubble)];
}

/** https://developers.line.biz/en/reference/messaging-api/#container */
const isTooLarge = (contents: JsonRecord): boolean =>
  Buffer.byteLength(JSON.stringify(contents)) > limits.flex[contents.type === "carousel" ? "carousel" : "bubble"];

const plainMessages = (text: string): readonly LineMessage[] =>
  splitText(text, limits.text).map((part) => ({ type: "text", text: part }));

const labels = (actions: readonly Action[]): string =>
  linesOf(...actions.map((action) => labelOf(action, limits.bubbleLabel)));

/** https://developers.line.biz/en/reference/messaging-api/#image-message */
function imageMessages(content: ImageContent, actions: readonly Action[]): readonly LineMessage[] {
  const url = imageUrlOf(content);
  if (url === undefined) return textMessages(linkedFile(content), actions);
  const image = { type: "image", originalContentUrl: url, previewImageUrl: url };
  const text = textBeside(content);
  return text === "" && actions.length === 0 ? [image] : [image, ...textMessages(text, actions)];
}

/** Reads the address of a picture that LINE shows: JPEG or PNG, over TLS. */
function imageUrlOf({ mediaUrl, mediaType }: Pick<ImageContent, "mediaUrl" | "mediaType">): string | undefined {
  if (mediaUrl === undefined || !isSecure(mediaUrl) || mediaUrl.length > limits.imageUrl) return undefined;
  const type = mediaTypeOf({ mediaUrl, mediaType }) || "image/jpeg";
  return type === "image/jpeg" || type === "image/png" ? mediaUrl : undefined;
}

const isSecure = (url: string): boolean => /^https:\/\/\S+$/i.test(url);

/** https://developers.line.biz/en/reference/messaging-api/#location-message */
function locationMessage({ coordinates: { lat, long }, location = {} }: LocationContent): LineMessage {
  const { name = location.address ?? "Location", address = location.name ?? `${lat}, ${long}` } = location;
  return {
    type: "location",
    title: cutText(name.trim() || "…", limits.place),
    address: cutText(address.trim() || "…", limits.place),
    latitude: lat,
    longitude: long,
  };
}

/** Shows items side by side; the buttons of a list are the last one. The vendor shows a list as a carousel here, too. */
function carouselMessages(content: CarouselContent | ListContent): readonly LineMessage[] {
  const isSquare = content.type === "carousel" && content.displaySettings?.imageAspectRatio === "square";
  const bubbles = content.items.map((item) => {
    const url = imageUrlOf(item);
    const hero = url === undefined ? undefined : heroOf(url, isSquare ? "1:1" : "20:13");
    return itemBubble(item.title.trim(), item.description?.trim(), item.actions, hero);
  });
  const last = content.type === "list" ? (content.actions ?? []) : [];
  const buttons = last.map(bubbleButton).filter((button) => button !== undefined);
  const lines = withButtonLines(
    "",
    last.filter((action) => bubbleButton(action) === undefined),
  );
  const more = lines === "" && buttons.length === 0 ? [] : [bubbleOf(lines === "" ? [] : [textBlock(lines)], buttons)];
  const text = plainText(content);
  const carousel = { type: "carousel", contents: [...bubbles, ...more] };
  return isTooLarge(carousel) ? plainMessages(text) : [flexMessage(cutText(text, limits.altText), carousel)];
}

function itemBubble(title: string, description: string | undefined, actions: readonly Action[], hero?: JsonRecord) {
  const buttons = actions.map(bubbleButton).filter((button) => button !== undefined);
  const text = withButtonLines(
    description ?? "",
    actions.filter((action) => bubbleButton(action) === undefined),
  );
  const blocks = [{ ...textBlock(title), weight: "bold" }, ...(text === "" ? [] : [textBlock(text)])];
  return { ...bubbleOf(blocks, buttons), ...(hero === undefined ? {} : { hero }) };
}

/** https://developers.line.biz/en/reference/messaging-api/#flex-message */
const flexMessage = (altText: string, contents: JsonRecord): LineMessage => ({ type: "flex", altText, contents });

const bubbleOf = (blocks: readonly JsonRecord[], buttons: readonly JsonRecord[]): JsonRecord => ({
  type: "bubble",
  ...(blocks.length === 0 ? {} : { body: boxOf(blocks) }),
  ...(buttons.length === 0 ? {} : { footer: boxOf(buttons) }),
});

const boxOf = (contents: readonly JsonRecord[]): JsonRecord => ({
  type: "box",
  layout: "vertical",
  spacing: "sm",
  contents,
});

const textBlock = (text: string): JsonRecord => ({
  type: "text",
  text: cutText(text, limits.bubbleText) || "…",
  wrap: true,
});

const heroOf = (url: string, aspectRatio: string): JsonRecord => ({
  type: "image",
  url,
  size: "full",
  aspectMode: "cover",
  aspectRatio,
});

/** Makes the button of a bubble: `undefined` if LINE cannot show it. */
function bubbleButton(action: Action): JsonRecord | undefined {
  const label = labelOf(action, limits.bubbleLabel);
  const uri = openedBy(action);
  if (uri !== undefined) {
    const opens = /^(https?|line|tel):\S+$/i.test(uri) && uri.length <= limits.uri;
    return opens ? { type: "button", action: { type: "uri", label, uri } } : undefined;
  }
  if (action.type !== "postback" || !isData(action.payload)) return undefined;
  return { type: "button", action: { type: "postback", label, data: action.payload } };
}

const isData = (data: string): boolean => data !== "" && data.length <= limits.data;

/**
 * Makes a button above the keyboard, whose label the person answers with. If its payload is too long to come back, the
 * answer is a text like any other. https://developers.line.biz/en/reference/messaging-api/#items-object
 */
function replyButton(action: Action): JsonRecord | undefined {
  if (action.type !== "reply" && action.type !== "locationRequest") return undefined;
  const label = labelOf(action, limits.replyLabel);
  if (action.type === "locationRequest") return { type: "action", action: { type: "location", label } };
  const text = labelOf(action, limits.replyText);
  const data = markedReply(JSON.stringify([text, action.payload]));
  const icon = action.iconUrl;
  return {
    type: "action",
    ...(icon !== undefined && isSecure(icon) && icon.length <= limits.imageUrl ? { imageUrl: icon } : {}),
    action: isData(data) ? { type: "postback", label, data, displayText: text } : { type: "message", label, text },
  };
}

/** Reads an answer. https://developers.line.biz/en/reference/messaging-api/#status-codes, and #error-responses. */
function readAnswer(answer: ProviderAnswer): CallResult {
  const { message, details, sentMessages } = answered(answer);
  // A conflict is a request that was taken already, under the same key.
  const isTaken = answer.status === 409 || isSuccess(answer);
  // What is not the API's form comes from a machine on the way.
  if (isTaken && !answer.body.trimStart().startsWith("{")) return laterBecause("The answer is not one of LINE's API.");
  if (isTaken) return accepted(...listOf(sentMessages).map((sent) => idOf(recordOf(sent).id)));
  const words = wordsOf(message, details);
  if (answer.status === 429 && /monthly limit/i.test(words)) return refusedFor("notPermitted", words);
  if (answer.status === 400 && isOfPerson(message, details)) return refusedFor("unreachable", words);
  return resultOfStatus(answer, words || undefined);
}

/** Tells whether an error is about the person: one that does not exist, or is no friend of the account's. */
const isOfPerson = (message: unknown, details: unknown): boolean =>
  message === "Failed to send messages" ||
  /'to'/.test(textOf(message) ?? "") ||
  listOf(details).some((detail) => recordOf(detail).property === "to");

function wordsOf(message: unknown, details: unknown): string {
  const parts = listOf(details).map((detail) => {
    const { property, message: words } = recordOf(detail);
    return [textOf(property, 200), textOf(words, 200)].filter((part) => part !== undefined).join(": ");
  });
  return [textOf(message) ?? "", ...parts].filter((part) => part !== "").join("; ");
}
