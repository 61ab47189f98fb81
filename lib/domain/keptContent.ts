import type { AppSettings } from "./app.ts";
import { type Action, type Content, type Coordinates, maskCardNumbers } from "./message.ts";
import { mergeMetadata } from "./metadata.ts";
import { lineOf, withoutUndefined } from "./providerValue.ts";
import { textOfHtml } from "./richText.ts";

/**
 * A message's content as it is kept: with a plain text where only a rich one was given, for whoever shows no other; with
 * the name of its file where nothing else describes it; a place with a link to it; and with `maskCreditCardNumbers`
 * without the digits of payment cards in what people read. Source: the vendor's OpenAPI description, "htmlText",
 * "altText" and the answer's example "location".
 */
export function keptContent(content: Content, settings: AppSettings): Content {
  const { htmlText, mediaUrl, coordinates, actions } = content;
  const words = {
    text: content.text ?? (typeof htmlText === "string" ? textOfHtml(htmlText) : undefined),
    htmlText,
    altText: content.altText ?? (typeof mediaUrl === "string" ? fileNameOf(mediaUrl) : undefined),
  };
  const shown = (said: unknown) =>
    typeof said === "string" && settings.maskCreditCardNumbers ? maskCardNumbers(said) : said;
  return withoutUndefined({
    ...content,
    // Degrees of many digits are no card's number.
    text: coordinates ? placeText(coordinates) : shown(words.text),
    htmlText: shown(words.htmlText),
    altText: shown(words.altText),
    actions: actions?.map((action) => keptAction(action, settings)),
  });
}

const keptAction = (action: Action, settings: AppSettings): Action =>
  withoutUndefined({
    ...action,
    text: settings.maskCreditCardNumbers ? maskCardNumbers(action.text) : action.text,
    metadata: action.metadata ? mergeMetadata({}, action.metadata, "Action") : undefined,
  });

/** The last part of an address' path, as a person would write it. */
function fileNameOf(address: string): string | undefined {
  if (!URL.canParse(address)) return undefined;
  const path = new URL(address).pathname.replace(/(?:%[0-9a-f]{2})+/gi, (bytes) =>
    Buffer.from(bytes.replaceAll("%", ""), "hex").toString("utf8"),
  );
  return lineOf(path.split("/").at(-1), 128);
}

const placeText = ({ lat, long }: Coordinates): string =>
  `Location shared:\nhttps://maps.google.com/maps?q=${degrees(lat)},${degrees(long)}`;

/** A tenth of a metre is nothing; as JavaScript writes it, it would be no number to a map. */
const degrees = (value: number): string => (Math.abs(value) < 1e-6 ? "0" : String(value));
