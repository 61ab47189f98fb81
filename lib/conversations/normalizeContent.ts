import type { AppSettings } from "../model/app.ts";
import { type Action, type Content, type Coordinates, maskCardNumbers } from "../model/message.ts";
import { mergeMetadata } from "../model/metadata.ts";
import { lineOf, withoutUndefined } from "../model/values/providerValue.ts";
import { textOfHtml } from "../model/values/richText.ts";

/**
 * Normalizes a message's content for storage: adds a plain text if there is only a rich one, for clients that show no
 * other; the name of a file that has no other description; and a link to a location. With `maskCreditCardNumbers` it
 * masks payment card numbers in texts. Source: the vendor's OpenAPI description, "htmlText", "altText" and the answer's
 * example "location".
 */
export function normalizeContent(content: Content, settings: AppSettings): Content {
  const masked = (text: string | undefined) =>
    text !== undefined && settings.maskCreditCardNumbers ? maskCardNumbers(text) : text;
  switch (content.type) {
    case "unsupported":
      return withoutUndefined({ ...content, text: masked(content.text) });
    case "location":
      // The digits of coordinates are never a card number, so this text is not masked.
      return withoutUndefined({ ...content, text: placeText(content.coordinates) });
    case "text":
      return withoutUndefined({
        ...content,
        text: masked(plainText(content)),
        htmlText: masked(content.htmlText),
        actions: content.actions?.map((action) => normalizeAction(action, settings)),
      });
    case "image":
    case "file":
      return withoutUndefined({
        ...content,
        text: masked(plainText(content)),
        htmlText: masked(content.htmlText),
        altText: masked(content.altText ?? (content.mediaUrl === undefined ? undefined : fileNameOf(content.mediaUrl))),
        ...(content.type === "image"
          ? { actions: content.actions?.map((action) => normalizeAction(action, settings)) }
          : {}),
      });
  }
}

const plainText = ({
  text,
  htmlText,
}: {
  readonly text?: string | undefined;
  readonly htmlText?: string | undefined;
}) => text ?? (htmlText === undefined ? undefined : textOfHtml(htmlText));

const normalizeAction = (action: Action, settings: AppSettings): Action =>
  withoutUndefined({
    ...action,
    text: settings.maskCreditCardNumbers ? maskCardNumbers(action.text) : action.text,
    metadata: action.metadata ? mergeMetadata({}, action.metadata, "Action") : undefined,
  });

/** Reads the last part of a URL's path, decoded for people. */
function fileNameOf(address: string): string | undefined {
  if (!URL.canParse(address)) return undefined;
  const path = new URL(address).pathname.replace(/(?:%[0-9a-f]{2})+/gi, (bytes) =>
    Buffer.from(bytes.replaceAll("%", ""), "hex").toString("utf8"),
  );
  return lineOf(path.split("/").at(-1), 128);
}

const placeText = ({ lat, long }: Coordinates): string =>
  `Location shared:\nhttps://maps.google.com/maps?q=${degrees(lat)},${degrees(long)}`;

/**
 * Writes degrees for a map. Less than a tenth of a metre is zero, since JavaScript would write it in exponents, which
 * maps do not read.
 */
const degrees = (value: number): string => (Math.abs(value) < 1e-6 ? "0" : String(value));
