import type { Action } from "../../model/content/action.ts";
import { linesOf } from "../../model/content/contentKind.ts";
import type { MessageItem } from "../../model/content/item.ts";
import type { LocationContent } from "../../model/content/location.ts";
import type { Media } from "../../model/content/media.ts";
import type { Content } from "../../model/message.ts";
import { type JsonRecord, withoutUndefined } from "../../model/values/providerValue.ts";
import { cutText, openedBy, plainText, splitText, textBeside, withButtonLines } from "../kit/fallback.ts";
import { isWebAddress, mediaTypeOf } from "../kit/mediaTypeOf.ts";

/**
 * The limits of WhatsApp, in characters. https://developers.facebook.com/documentation/business-messaging/whatsapp/messages:
 * text-messages, image-messages (captions), interactive-reply-buttons-messages, interactive-list-messages,
 * interactive-cta-url-messages, location-messages.
 */
const limits = {
  text: { size: 4096, in: "characters" },
  caption: { size: 1024, in: "characters" },
  interactiveBody: { size: 1024, in: "characters" },
  buttonTitle: { size: 20, in: "characters" },
  rowTitle: { size: 24, in: "characters" },
  rowDescription: { size: 72, in: "characters" },
  fileName: { size: 240, in: "characters" },
  buttons: 3,
  rows: 10,
  buttonId: 256,
  rowId: 200,
} as const;

/** The label under which more choices than three are listed. */
const listLabel = "Options";

/** What stands where a message must have a text, and the business gave none. */
const noWords = "…";

/**
 * Writes a content as the payloads that show it, in their order.
 * @param fallbackLanguage the language of a template that names none
 */
export function payloadsOf(content: Content, fallbackLanguage: string): readonly JsonRecord[] {
  const payloads = shownAs(content, fallbackLanguage);
  return payloads.length > 0 ? payloads : texts(plainText(content));
}

function shownAs(content: Content, fallbackLanguage: string): readonly JsonRecord[] {
  switch (content.type) {
    case "text":
      return saying(textBeside(content), content.actions ?? []);
    case "image":
      return showing(content, content.actions ?? []);
    case "file":
      return showing(content, []);
    case "location":
      return [locationOf(content)];
    // The vendor sends the items of a list as messages of their own, and a carousel as text.
    // Source: the vendor's OpenAPI description, "listMessage" and "carouselMessage".
    case "list":
      return [...content.items.flatMap(itemPayloads), ...listActions(content.actions ?? [])];
    case "template":
      return [{ type: "template", template: { language: { code: fallbackLanguage }, ...content.template } }];
    default:
      return texts(plainText(content));
  }
}

const texts = (words: string): readonly JsonRecord[] =>
  splitText(words, limits.text).map((body) => ({ type: "text", text: { body } }));

const listActions = (actions: readonly Action[]): readonly JsonRecord[] =>
  actions.length === 0 ? [] : saying("", actions);

/** Writes an item of a list as a message: its picture above its words, its buttons below. */
function itemPayloads({ title, description, actions, ...media }: MessageItem): readonly JsonRecord[] {
  const text = linesOf(title, description);
  return media.mediaUrl === undefined ? saying(text, actions) : showing({ ...media, text }, actions);
}

/** Writes a text with its buttons, below a picture if there is one: what is no button here is a line of the text. */
function saying(text: string, actions: readonly Action[], header?: JsonRecord): readonly JsonRecord[] {
  const interactive = interactiveOf(actions);
  if (interactive === undefined) return texts(withButtonLines(text, actions));
  const words = withButtonLines(
    text,
    actions.filter((action) => !interactive.shown.includes(action)),
  );
  const parts = splitText(words, limits.interactiveBody);
  const body = { text: parts.at(-1) ?? noWords };
  return [
    ...parts.slice(0, -1).flatMap(texts),
    {
      type: "interactive",
      interactive: withoutUndefined({ type: interactive.type, header, body, action: interactive.action }),
    },
  ];
}

interface Interactive {
  readonly type: "button" | "list" | "cta_url" | "location_request_message";
  readonly action: JsonRecord;
  /** The buttons that are shown so. */
  readonly shown: readonly Action[];
}

/** Decides what of the buttons WhatsApp shows as such: either choices, or one link, or one request for a place. */
function interactiveOf(actions: readonly Action[]): Interactive | undefined {
  const choices = actions.filter(isChoice);
  if (choices.length > 0) return choicesOf(choices);
  const link = actions.find((action) => isWebAddress(openedBy(action) ?? "") && action.text.trim() !== "");
  if (link !== undefined && actions.filter((action) => openedBy(action) !== undefined).length === 1) {
    const parameters = { display_text: cutText(link.text.trim(), limits.buttonTitle), url: openedBy(link) };
    return { type: "cta_url", action: { name: "cta_url", parameters }, shown: [link] };
  }
  const [request] = actions;
  // Beside others a request for a place is a line, since its message has this one button.
  return actions.length === 1 && request?.type === "locationRequest"
    ? { type: "location_request_message", action: { name: "send_location" }, shown: [request] }
    : undefined;
}

/** A reply, or a postback, whose press comes back as a message with its payload. */
type Choice = Extract<Action, { readonly type: "reply" | "postback" }>;

const isChoice = (action: Action): action is Choice => action.type === "reply" || action.type === "postback";

/** Writes choices as buttons or as a list; `undefined` if WhatsApp would refuse them. */
function choicesOf(choices: readonly Choice[]): Interactive | undefined {
  const isShort = choices.length <= limits.buttons;
  const title = (text: string): string => cutText(text.trim(), isShort ? limits.buttonTitle : limits.rowTitle);
  const idLimit = isShort ? limits.buttonId : limits.rowId;
  const isFitting =
    choices.length <= limits.rows &&
    choices.every(({ text, payload }) => text.trim() !== "" && isId(payload, idLimit)) &&
    // Neither titles nor ids may be there twice.
    new Set(choices.map(({ payload }) => payload)).size === choices.length &&
    new Set(choices.map(({ text }) => title(text))).size === choices.length;
  if (!isFitting) return undefined;
  if (isShort) {
    const buttons = choices.map(({ text, payload }) => ({ type: "reply", reply: { id: payload, title: title(text) } }));
    return { type: "button", action: { buttons }, shown: choices };
  }
  const rows = choices.map(({ text, payload }) => {
    const isCut = title(text) !== text.trim();
    const description = isCut ? cutText(text.trim(), limits.rowDescription) : undefined;
    return withoutUndefined({ id: payload, title: title(text), description });
  });
  return { type: "list", action: { button: listLabel, sections: [{ rows }] }, shown: choices };
}

/** An id comes back as it is only if it does not begin or end with a space. */
const isId = (payload: string, limit: number): boolean =>
  payload !== "" && payload.length <= limit && payload.trim() === payload;

/**
 * What a file is shown as, by its type; all other types are documents.
 * https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/media#supported-media-types
 */
const kindsOfFiles: Readonly<Record<string, "image" | "video" | "audio">> = {
  "image/jpeg": "image",
  "image/png": "image",
  "video/mp4": "video",
  "video/3gpp": "video",
  "audio/aac": "audio",
  "audio/amr": "audio",
  "audio/mp4": "audio",
  "audio/mpeg": "audio",
  "audio/ogg": "audio",
};

/** Writes a file, with what is said beside it as its caption, or with its buttons below. */
function showing(media: Shown, actions: readonly Action[]): readonly JsonRecord[] {
  const text = (media.text ?? "").trim();
  const { mediaUrl } = media;
  if (mediaUrl === undefined || !isWebAddress(mediaUrl)) return saying(linesOf(text, mediaUrl) || noWords, actions);
  const kind = kindOf(media);
  const interactive = interactiveOf(actions);
  if (interactive !== undefined)
    return heads(interactive) && kind !== "audio"
      ? saying(text, actions, { type: kind, [kind]: fileOf(kind, media) })
      : [fileMessage(kind, media), ...saying(text, actions)];
  const words = withButtonLines(text, actions);
  const isCaption = kind !== "audio" && [...words].length <= limits.caption.size;
  return isCaption ? [fileMessage(kind, media, words)] : [fileMessage(kind, media), ...texts(words)];
}

/** A file, or an item of a list with a picture. */
type Shown = Media & { readonly type?: string };

/** Tells whether a picture or a document can stand above the buttons. */
const heads = ({ type }: Interactive): boolean => type === "button" || type === "cta_url";

function kindOf(media: Shown): "image" | "video" | "audio" | "document" {
  const mediaType = mediaTypeOf(media);
  const isUnknownImage = media.type !== "file" && mediaType === "";
  return isUnknownImage ? "image" : (kindsOfFiles[mediaType] ?? "document");
}

const fileMessage = (kind: string, media: Shown, caption = ""): JsonRecord => ({
  type: kind,
  [kind]: withoutUndefined({ ...fileOf(kind, media), caption: caption || undefined }),
});

const fileOf = (kind: string, { mediaUrl, altText }: Media): JsonRecord =>
  withoutUndefined({
    link: mediaUrl,
    filename: kind === "document" && altText?.trim() ? cutText(altText.trim(), limits.fileName) : undefined,
  });

/** An address is shown below a name alone. */
function locationOf({ coordinates, location }: LocationContent): JsonRecord {
  const { name, address } = location ?? {};
  return {
    type: "location",
    location: withoutUndefined({
      latitude: coordinates.lat,
      longitude: coordinates.long,
      name: name ?? address,
      address: name === undefined ? undefined : address,
    }),
  };
}
