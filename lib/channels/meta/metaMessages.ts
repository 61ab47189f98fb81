import type { Action } from "../../model/content/action.ts";
import { linesOf } from "../../model/content/contentKind.ts";
import type { MessageItem } from "../../model/content/item.ts";
import type { Media } from "../../model/content/media.ts";
import type { Content } from "../../model/message.ts";
import { type JsonRecord, recordOf, withoutUndefined } from "../../model/values/providerValue.ts";
import {
  cutText,
  openedBy,
  plainText,
  splitText,
  type TextLimit,
  textBeside,
  withButtonLines,
} from "../kit/fallback.ts";
import { isWebAddress, mediaTypeOf } from "../kit/mediaTypeOf.ts";

/** The differences between what Messenger and Instagram show. */
export interface MessagingForm {
  readonly text: TextLimit;
  /** Whether a button says how its page opens, a carousel which form its pictures have, and a quick reply has one. */
  readonly hasWebviews: boolean;
  /** Tells as what a file is shown; `undefined` if it cannot be. */
  attachmentOf(mediaType: string): "image" | "video" | "audio" | "file" | undefined;
}

/**
 * The limits of both, in characters.
 * https://developers.facebook.com/docs/messenger-platform/reference/templates/button: the text beside buttons, their
 * number and titles; …/templates/generic: elements, title and subtitle; …/reference/buttons/quick-replies; the same for
 * Instagram: https://developers.facebook.com/documentation/business-messaging/instagram-messaging/button-template
 */
const limits = {
  buttonText: { size: 640, in: "characters" },
  title: { size: 20, in: "characters" },
  itemText: { size: 80, in: "characters" },
  buttons: 3,
  elements: 10,
  quickReplies: 13,
  payload: 1000,
} as const;

/** What stands where a message must have a text, and the business gave none. */
const noWords = "…";

/** Writes a content as the messages of the Send API that show it, in their order. */
export function messagesOf(content: Content, form: MessagingForm): readonly JsonRecord[] {
  const messages = shownAs(content, form);
  return messages.length > 0 ? messages : saying(plainText(content), [], form);
}

function shownAs(content: Content, form: MessagingForm): readonly JsonRecord[] {
  switch (content.type) {
    case "text":
      return saying(textBeside(content), content.actions ?? [], form);
    case "image":
      return showing(content, "image", { actions: content.actions ?? [], form });
    case "file":
      return showing(content, undefined, { actions: [], form });
    case "location":
      return saying(linesOf(content.location?.name, content.location?.address, plainText(content)), [], form);
    case "carousel":
      return carousels(content.items, content.displaySettings?.imageAspectRatio, form);
    case "list":
      return [...carousels(content.items, undefined, form), ...saying("", content.actions ?? [], form)];
    default:
      return saying(plainText(content), [], form);
  }
}

/** Writes a text with its buttons: those that fit as buttons, the others as lines of the text. */
function saying(text: string, actions: readonly Action[], form: MessagingForm): readonly JsonRecord[] {
  const replies = actions.filter(isQuickReply).slice(0, limits.quickReplies);
  const buttons = actions.map((action) => buttonOf(action, form));
  const lines = actions.filter(
    (action, index) => buttons[index] === undefined && !replies.some((one) => one === action),
  );
  const shown = buttons.filter((button) => button !== undefined);
  const words = withButtonLines(text, lines);
  const messages =
    shown.length > 0 ? withButtons(words, shown) : splitText(words, form.text).map((part) => ({ text: part }));
  return withQuickReplies(messages, replies, form);
}

function withButtons(words: string, buttons: readonly JsonRecord[]): readonly JsonRecord[] {
  const parts = splitText(words, limits.buttonText);
  const last = parts.at(-1) ?? noWords;
  const templates = chunked(buttons, limits.buttons).map((some, index) =>
    template({ template_type: "button", text: index === 0 ? last : noWords, buttons: some }),
  );
  return [...parts.slice(0, -1).map((part) => ({ text: part })), ...templates];
}

/** Quick replies stand below the latest message alone. */
function withQuickReplies(
  messages: readonly JsonRecord[],
  replies: readonly Extract<Action, { readonly type: "reply" }>[],
  { hasWebviews }: MessagingForm,
): readonly JsonRecord[] {
  if (replies.length === 0) return messages;
  const quickReplies = replies.map(({ text, payload, iconUrl }) =>
    withoutUndefined({
      content_type: "text",
      title: cutText(text, limits.title),
      payload,
      image_url: hasWebviews ? iconUrl : undefined,
    }),
  );
  const last = messages.at(-1) ?? { text: noWords };
  return [...messages.slice(0, -1), { ...last, quick_replies: quickReplies }];
}

const isQuickReply = (action: Action): action is Extract<Action, { readonly type: "reply" }> =>
  action.type === "reply" && isTitle(action.text) && isPayload(action.payload);

const isTitle = (text: string): boolean => text.trim() !== "";
const isPayload = (payload: string): boolean => payload !== "" && payload.length <= limits.payload;

/** Writes what a button is in a template; `undefined` for one that is none there. */
function buttonOf(action: Action, form: MessagingForm): JsonRecord | undefined {
  if (!isTitle(action.text)) return undefined;
  const title = cutText(action.text, limits.title);
  if (action.type === "postback")
    return isPayload(action.payload) ? { type: "postback", title, payload: action.payload } : undefined;
  const opening = openingOf(action, form);
  return opening && { ...opening, title };
}

/**
 * Writes what a button opens. https://developers.facebook.com/docs/messenger-platform/reference/buttons/url,
 * …/reference/buttons/call-button
 */
function openingOf(action: Action, { hasWebviews }: MessagingForm): JsonRecord | undefined {
  const address = openedBy(action);
  if (address === undefined || (action.type !== "link" && action.type !== "webview")) return undefined;
  const phoneNumber = address.match(/^tel:(\+\d{5,20})$/i)?.[1];
  if (phoneNumber !== undefined && hasWebviews) return { type: "phone_number", payload: phoneNumber };
  if (!isWebAddress(address)) return undefined;
  if (!hasWebviews) return { type: "web_url", url: address };
  const options = recordOf(recordOf(action.extraChannelOptions).messenger);
  const isWebview = action.type === "webview" && isWebAddress(action.uri);
  const hasExtensions = isWebview && options.messenger_extensions === true;
  return withoutUndefined({
    type: "web_url",
    url: isWebview ? action.uri : address,
    webview_height_ratio: isWebview ? action.size : undefined,
    messenger_extensions: hasExtensions || undefined,
    fallback_url: hasExtensions ? address : undefined,
    webview_share_button: isWebview ? options.webview_share_button : undefined,
  });
}

/** Writes a file, and what is said beside it, which these products show as a message of its own. */
function showing(
  media: Media & Content,
  usual: "image" | undefined,
  { actions, form }: { readonly actions: readonly Action[]; readonly form: MessagingForm },
): readonly JsonRecord[] {
  const mediaType = mediaTypeOf(media);
  const type = mediaType === "" ? (usual ?? form.attachmentOf("")) : form.attachmentOf(mediaType);
  if (type === undefined || media.mediaUrl === undefined || !isWebAddress(media.mediaUrl))
    return saying(linesOf(textBeside(media), media.mediaUrl) || noWords, actions, form);
  const file = { attachment: { type, payload: { url: media.mediaUrl } } };
  const replies = actions.filter(isQuickReply);
  const isAlone = textBeside(media) === "" && replies.length === actions.length;
  return isAlone && replies.length <= limits.quickReplies
    ? withQuickReplies([file], replies, form)
    : [file, ...saying(textBeside(media), actions, form)];
}

function carousels(
  items: readonly MessageItem[],
  ratio: "horizontal" | "square" | undefined,
  form: MessagingForm,
): readonly JsonRecord[] {
  return chunked(items, limits.elements).map((some) =>
    template(
      withoutUndefined({
        template_type: "generic",
        image_aspect_ratio: form.hasWebviews ? ratio : undefined,
        elements: some.map((item) => elementOf(item, form)),
      }),
    ),
  );
}

function elementOf({ title, description, mediaUrl, actions }: MessageItem, form: MessagingForm): JsonRecord {
  const buttons = actions.map((action) => buttonOf(action, form));
  const shown = buttons.filter((button) => button !== undefined).slice(0, limits.buttons);
  const lines = actions.filter((_, index) => buttons[index] === undefined || !shown.includes(buttons[index]));
  const usual = actions.find((action) => "default" in action && action.default === true);
  const subtitle = cutText(withButtonLines(description ?? "", lines), limits.itemText);
  return withoutUndefined({
    title: cutText(title.trim() || noWords, limits.itemText),
    subtitle: subtitle || undefined,
    image_url: mediaUrl !== undefined && isWebAddress(mediaUrl) ? mediaUrl : undefined,
    default_action: usual && webAddressOf(usual, form),
    buttons: shown.length > 0 ? shown : undefined,
  });
}

/** An item opens pages alone. */
function webAddressOf(action: Action, form: MessagingForm): JsonRecord | undefined {
  const opening = openingOf(action, form);
  return opening?.type === "web_url" ? opening : undefined;
}

const template = (payload: JsonRecord): JsonRecord => ({ attachment: { type: "template", payload } });

const chunked = <One>(all: readonly One[], size: number): readonly (readonly One[])[] =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, index) => all.slice(index * size, (index + 1) * size));
