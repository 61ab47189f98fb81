import type { Credentials } from "../../model/channel.ts";
import type {
  CallResult,
  FailureReason,
  OutgoingMessage,
  ProviderAnswer,
  ProviderRequest,
} from "../../model/channelCall.ts";
import type { Action } from "../../model/content/action.ts";
import { linesOf } from "../../model/content/contentKind.ts";
import type { FileContent } from "../../model/content/file.ts";
import type { ImageContent } from "../../model/content/image.ts";
import type { MessageItem } from "../../model/content/item.ts";
import type { LocationContent } from "../../model/content/location.ts";
import type { Content } from "../../model/message.ts";
import { idOf, type JsonRecord, nameOf, numberOf, textOf, urlOf } from "../../model/values/providerValue.ts";
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
  jsonRequest,
  laterBecause,
  refusedFor,
  resultOfStatus,
  toldFields,
} from "../kit/providerAnswer.ts";
import { givenText } from "../kit/signature.ts";

const origin = "https://chatapi.viber.com";

/** Viber's bot API. https://developers.viber.com/docs/api/rest-bot-api/#send-message */
export const send = {
  needs: ["token"],
  origins: [origin],
  reports: true,
  idempotent: false,
  write(message, { credentials, recipient }) {
    const sender = senderOf(message, credentials);
    const answers = answersOf(message.content);
    const common = { receiver: recipient.externalId, min_api_version: 1, sender, ...tracked(answers) };
    return messagesFor(message.content, answers).map((body) =>
      requestTo(credentials, "send_message", { ...common, ...body }),
    );
  },
  read: readAnswer,
  /** https://developers.viber.com/docs/api/rest-bot-api/#get-account-info */
  check: (credentials) => requestTo(credentials, "get_account_info", {}),
  learned(answer) {
    const { uri, id } = answered(answer);
    return toldFields({ uri: textOf(uri, 256), accountId: idOf(id) });
  },
  /** https://developers.viber.com/docs/api/rest-bot-api/#setting-a-webhook */
  register: (credentials, webhookUrl) => [
    requestTo(credentials, "set_webhook", {
      url: webhookUrl,
      event_types: ["delivered", "seen", "failed", "subscribed", "unsubscribed", "conversation_started"],
      send_name: true,
      send_photo: true,
    }),
  ],
} satisfies ChannelSender;

const requestTo = (credentials: Credentials, method: string, body: JsonRecord): ProviderRequest =>
  jsonRequest(`${origin}/pa/${method}`, body, { "x-viber-auth-token": givenText(credentials, "token") ?? "" });

/** https://developers.viber.com/docs/api/rest-bot-api/#general-send-message-parameters, and the types' own sections. */
const limits = {
  sender: 28,
  text: { size: 7000, in: "characters" },
  caption: { size: 768, in: "characters" },
  /** What a press says: more is cut on iOS. */
  label: { size: 100, in: "characters" },
  /** A button's text, its HTML included. */
  html: 250,
  url: 2000,
  fileName: { size: 256, in: "characters" },
  fileBytes: 52_428_800,
  videoBytes: 27_262_976,
  trackingData: 4000,
  /** Rows of a keyboard; each button has one. */
  keyboard: 24,
  /** Items of a carousel. */
  blocks: 6,
  /** Rows of an item's picture, and of its text. */
  picture: 2,
  blockText: 2,
} as const;

/** Names who writes: the author, or else the account; a sender without a name is refused. */
function senderOf({ author }: OutgoingMessage, credentials: Credentials): JsonRecord {
  const name = nameOf(author.displayName, limits.sender) ?? nameOf(credentials.uri, limits.sender) ?? "Business";
  const avatar = urlOf(author.avatarUrl, limits.url);
  return { name, ...(avatar === undefined ? {} : { avatar }) };
}

/** The parameters of a message apart from its sender and receiver. */
type ViberMessage = JsonRecord;

function messagesFor(content: Content, answers: Answers): readonly ViberMessage[] {
  const keyboard = { actions: "actions" in content ? (content.actions ?? []) : [], answers };
  switch (content.type) {
    case "text":
      return textMessages(textBeside(content), keyboard);
    case "image":
    case "file":
      return fileMessages(content, keyboard);
    case "location":
      return locationMessages(content);
    case "carousel":
    case "list":
      return carouselMessages(content.items, keyboard);
    default:
      return textMessages(plainText(content));
  }
}

/** What the person sends by pressing each button. */
type Answers = ReadonlyMap<Action, string>;

/** The buttons of a message, and what they send. */
interface Keyboard {
  readonly actions: readonly Action[];
  readonly answers: Answers;
}

const noKeyboard: Keyboard = { actions: [], answers: new Map() };

/** Finds what each button sends that is pressed to answer: its label, with a number if another one has the same. */
function answersOf(content: Content): Answers {
  const items = "items" in content ? content.items : [];
  const actions: readonly Action[] = [
    ...items.flatMap((item) => item.actions),
    ...("actions" in content ? (content.actions ?? []) : []),
  ];
  const taken = new Set<string>();
  const answers = new Map<Action, string>();
  for (const action of actions) {
    if (!isPressed(action)) continue;
    const label = labelOf(action, limits.label);
    const numbered = Array.from({ length: actions.length }, (_, index) => `${label} ${index + 2}`);
    const answer = [label, ...numbered].find((text) => !taken.has(text)) ?? label;
    taken.add(answer);
    answers.set(action, answer);
  }
  return answers;
}

type PressedAction = Extract<Action, { readonly type: "reply" | "postback" }>;

const isPressed = (action: Action): action is PressedAction => action.type === "reply" || action.type === "postback";

function textMessages(text: string, { actions, answers }: Keyboard = noKeyboard): readonly ViberMessage[] {
  const whole = withButtonLines(text, unshown(actions));
  const parts = splitText(whole || "…", limits.text);
  return withKeyboard(
    parts.map((part) => ({ type: "text", text: part })),
    { actions, answers },
  );
}

function fileMessages(content: FileContent | ImageContent, keyboard: Keyboard): readonly ViberMessage[] {
  const file = fileMessage(content);
  if (file === undefined) return textMessages(linkedFile(content), keyboard);
  const text = withButtonLines(textBeside(content), unshown(keyboard.actions));
  const takesText = file.type === "picture" || file.type === "video";
  if (takesText && [...text].length <= limits.caption.size) return withKeyboard([{ ...file, text }], keyboard);
  return text === "" ? withKeyboard([file], keyboard) : [file, ...textMessages(textBeside(content), keyboard)];
}

/** Makes the message of a file that Viber shows: `undefined` if it does not, or wants to know a size that is unknown. */
function fileMessage(content: FileContent | ImageContent): ViberMessage | undefined {
  const { mediaUrl: media = "", mediaSize, altText } = content;
  if (media === "" || media.length > limits.url) return undefined;
  const type = mediaTypeOf(content);
  const isPicture = type === "image/jpeg" || type === "image/png" || type === "image/gif";
  if (isPicture || (content.type === "image" && type === "")) return { type: "picture", media };
  const size = mediaSize === undefined ? 0 : Math.round(mediaSize);
  if (size === 0 || content.type === "image") return undefined;
  if (type === "video/mp4" && size <= limits.videoBytes) return { type: "video", media, size };
  if (size > limits.fileBytes) return undefined;
  return { type: "file", media, size, file_name: cutText(altText?.trim() || "file", limits.fileName) };
}

/** Shows a place; its name and address stand above it. */
function locationMessages({ coordinates: { lat, long }, location = {} }: LocationContent): readonly ViberMessage[] {
  const place = { type: "location", location: { lat, lon: long } };
  const text = linesOf(location.name?.trim(), location.address?.trim());
  return text === "" ? [place] : [...textMessages(text), place];
}

/** https://developers.viber.com/docs/api/rest-bot-api/#rich-media-message--carousel-content-message */
function carouselMessages(items: readonly MessageItem[], keyboard: Keyboard): readonly ViberMessage[] {
  const hasPictures = items.some(({ mediaUrl }) => pictureOf(mediaUrl) !== undefined);
  const buttons = Math.max(...items.map((item) => item.actions.filter(isShown).length));
  const rows = (hasPictures ? limits.picture : 0) + limits.blockText + buttons;
  const messages = Array.from({ length: Math.ceil(items.length / limits.blocks) }, (_, index) => {
    const shown = items.slice(index * limits.blocks, (index + 1) * limits.blocks);
    return {
      type: "rich_media",
      min_api_version: Math.max(2, ...shown.flatMap((item) => item.actions.filter(isShown).map(versionOf))),
      alt_text: cutText(plainText({ type: "carousel", items: shown }), limits.text),
      rich_media: {
        Type: "rich_media",
        ButtonsGroupColumns: 6,
        ButtonsGroupRows: rows,
        BgColor: "#FFFFFF",
        Buttons: shown.flatMap((item) => blockOf(item, { hasPictures, buttons }, keyboard.answers)),
      },
    };
  });
  // What a keyboard cannot show of a list's buttons is a text below it.
  const lines = unshown(keyboard.actions);
  return lines.length === 0 ? withKeyboard(messages, keyboard) : [...messages, ...textMessages("", keyboard)];
}

const pictureOf = (url: string | undefined): string | undefined => urlOf(url, limits.url);

/** Makes an item of a carousel: each has the same rows, so that empty ones fill it up. */
function blockOf(
  item: MessageItem,
  { hasPictures, buttons }: { readonly hasPictures: boolean; readonly buttons: number },
  answers: Answers,
): readonly JsonRecord[] {
  const { title, description = "", mediaUrl, actions } = item;
  const filler = { Columns: 6, ActionType: "none", ActionBody: "none" };
  const picture = pictureOf(mediaUrl);
  const shown = actions.filter(isShown);
  const heading = `<b>${escaped(title, limits.html / 2)}</b>`;
  const below = withButtonLines(description, unshown(actions));
  const room = limits.html - [...heading].length - "<br>".length;
  const text = below === "" ? heading : `${heading}<br>${escaped(below, room)}`;
  return [
    ...(hasPictures ? [{ ...filler, Rows: limits.picture, ...(picture === undefined ? {} : { Image: picture }) }] : []),
    { ...filler, Rows: limits.blockText, Text: text, TextHAlign: "left" },
    ...shown.map((action) => buttonOf(action, answers)),
    ...Array.from({ length: buttons - shown.length }, () => ({ ...filler, Rows: 1 })),
  ];
}

/** Escapes a text for a button, which may be HTML, and cuts it to so many characters. */
function escaped(text: string, size: number): string {
  const html = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll("\n", "<br>");
  const { length } = [...html];
  if (length <= size || text === "") return html;
  return escaped(cutText(text, { size: Math.floor(([...text].length * size) / length), in: "characters" }), size);
}

/** Tells whether Viber shows a button as one. */
function isShown(action: Action): boolean {
  const url = openedBy(action);
  if (url !== undefined) return urlOf(url, limits.url) !== undefined;
  return isPressed(action) || action.type === "locationRequest";
}

const unshown = (actions: readonly Action[]): readonly Action[] => [
  ...actions.filter((action) => !isShown(action)),
  ...actions.filter(isShown).slice(limits.keyboard),
];

/** The version of the API that a person's app has to speak, so that it shows a button and a link opens in silence. */
function versionOf(action: Action): number {
  if (openedBy(action) !== undefined) return 6;
  return action.type === "locationRequest" ? 3 : 1;
}

/** https://developers.viber.com/docs/tools/keyboards/#buttons-parameters */
function buttonOf(action: Action, answers: Answers): JsonRecord {
  const label = labelOf(action, limits.label);
  const button = { Columns: 6, Rows: 1, Text: escaped(label, limits.html) };
  const url = openedBy(action);
  if (url !== undefined) return { ...button, ActionType: "open-url", ActionBody: url, Silent: true };
  if (action.type === "locationRequest") return { ...button, ActionType: "location-picker", ActionBody: label };
  // The person sends what stands here: `tracking_data` tells what it means.
  return { ...button, ActionType: "reply", ActionBody: answers.get(action) ?? label };
}

/** Adds the buttons to the last message: Viber shows them in place of the letters' keyboard. */
function withKeyboard(messages: readonly ViberMessage[], { actions, answers }: Keyboard): readonly ViberMessage[] {
  const shown = actions.filter(isShown).slice(0, limits.keyboard);
  const last = messages.at(-1);
  if (last === undefined || shown.length === 0) return messages;
  const keyboard = {
    Type: "keyboard",
    DefaultHeight: false,
    Buttons: shown.map((action) => buttonOf(action, answers)),
  };
  const version = Math.max(numberOf(last.min_api_version) ?? 1, ...shown.map(versionOf));
  return [...messages.slice(0, -1), { ...last, min_api_version: version, keyboard }];
}

/**
 * Tells what the answers of buttons mean, in what Viber sends back with the person's next message; what is too long for
 * that comes back as a text alone. https://developers.viber.com/docs/api/rest-bot-api/#general-send-message-parameters
 */
function tracked(answers: Answers): { readonly tracking_data?: string } {
  const buttons = [...answers].flatMap(([action, answer]) =>
    isPressed(action) ? [[answer, action.type, action.payload]] : [],
  );
  const data = JSON.stringify({ buttons });
  return buttons.length === 0 || data.length > limits.trackingData ? {} : { tracking_data: data };
}

/** Reads an answer, whose status stands in its body. https://developers.viber.com/docs/api/rest-bot-api/#error-codes */
function readAnswer(answer: ProviderAnswer): CallResult {
  const { status, status_message, message_token } = answered(answer);
  const code = numberOf(status);
  if (code === undefined)
    return answer.status < 300 ? laterBecause("The answer is not one of Viber's API.") : resultOfStatus(answer);
  if (code === 0) return accepted(idOf(message_token));
  const reason = reasons[code];
  return reason === undefined ? laterBecause(status_message) : refusedFor(reason, status_message);
}

/** What each code means. Too many requests (12), and the general error of any other code, may pass. */
const reasons: Readonly<Record<number, FailureReason>> = {
  1: "refused",
  2: "wrongCredentials",
  3: "refused",
  4: "refused",
  5: "unreachable",
  6: "notPermitted",
  7: "notPermitted",
  8: "wrongCredentials",
  9: "notPermitted",
  10: "notPermitted",
  11: "unreachable",
  13: "refused",
  14: "refused",
  15: "notPermitted",
  16: "notPermitted",
  17: "notPermitted",
  18: "notPermitted",
  19: "notPermitted",
  20: "notPermitted",
  21: "notPermitted",
  22: "notPermitted",
  23: "notPermitted",
  24: "notPermitted",
};
