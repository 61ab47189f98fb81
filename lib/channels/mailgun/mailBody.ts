import type { Action } from "../../model/content/action.ts";
import type { MessageItem } from "../../model/content/item.ts";
import type { LocationContent } from "../../model/content/location.ts";
import type { Content } from "../../model/message.ts";
import { buttonLine, openedBy, plainText, textBeside } from "../kit/fallback.ts";

/** Writes a content as the two forms of a mail, of which a person's program shows one. */
export const mailBody = (content: Content, { unsubscribe }: { readonly unsubscribe: boolean }) => ({
  text: plainText(content) + (unsubscribe ? unsubscribing.text : ""),
  html: (htmlOf(content) || paragraphs(plainText(content))) + (unsubscribe ? unsubscribing.html : ""),
});

/** Mailgun puts the person's own link there. https://documentation.mailgun.com/docs/mailgun/user-manual/tracking-messages */
const unsubscribing = {
  text: "\n\n-- \nUnsubscribe: %unsubscribe_url%",
  html: '\n<p><small><a href="%unsubscribe_url%">Unsubscribe</a></small></p>',
} as const;

function htmlOf(content: Content): string {
  switch (content.type) {
    case "text":
      return lines(said(content), ...buttons(content.actions));
    case "image":
      return lines(picture(content), said(content), ...buttons(content.actions));
    case "file":
      return lines(said(content), paragraph(link(content.mediaUrl, content.altText)));
    case "carousel":
      return lines(...content.items.map(itemOf));
    case "list":
      return lines(...content.items.map(itemOf), ...buttons(content.actions));
    case "location":
      return placeOf(content);
    default:
      return paragraphs(plainText(content));
  }
}

/** Shows the business's own HTML, or the plain text where there is none. */
const said = (content: Extract<Content, { readonly type: "text" | "image" | "file" }>): string =>
  content.htmlText ?? paragraphs(textBeside(content));

const itemOf = ({ title, description = "", actions, ...media }: MessageItem): string =>
  lines(picture(media), `<p><strong>${escaped(title)}</strong></p>`, paragraphs(description), ...buttons(actions));

function placeOf({ coordinates: { lat, long }, location }: LocationContent): string {
  const words = [location?.name, location?.address].filter((line) => line !== undefined).join("\n");
  const map = `https://maps.google.com/maps?q=${lat.toFixed(6)},${long.toFixed(6)}`;
  return lines(paragraphs(words), paragraph(link(map, map)));
}

const picture = ({ mediaUrl, altText = "" }: Pick<MessageItem, "mediaUrl" | "altText">): string =>
  mediaUrl === undefined
    ? ""
    : paragraph(`<img src="${escaped(mediaUrl)}" alt="${escaped(altText)}" style="max-width:100%">`);

/** Shows buttons as links; what opens nothing is a line of text, and what a person cannot press by mail is left out. */
const buttons = (actions: readonly Action[] = []): readonly string[] =>
  actions
    .filter(({ type }) => type !== "postback")
    .map((action) => paragraph(link(openedBy(action), action.text) || escaped(buttonLine(action))));

const link = (url: string | undefined, text: string | undefined): string =>
  url === undefined ? "" : `<a href="${escaped(url)}">${escaped(text || url)}</a>`;

const paragraphs = (text: string): string =>
  lines(...text.split(/\n{2,}/).map((one) => paragraph(escaped(one.trim()).replaceAll("\n", "<br>\n"))));

const paragraph = (html: string): string => (html === "" ? "" : `<p>${html}</p>`);

const lines = (...html: readonly string[]): string => html.filter((line) => line !== "").join("\n");

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

const escaped = (text: string): string => text.replace(/[&<>"]/g, (character) => entities[character] ?? character);
