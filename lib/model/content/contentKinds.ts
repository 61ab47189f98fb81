import type { AppSettings } from "../app.ts";
import type { Content } from "../message.ts";
import { maskCardNumbers } from "../values/cardNumber.ts";
import { carouselKind } from "./carousel.ts";
import type { ContentKind, Masked } from "./contentKind.ts";
import { fileKind } from "./file.ts";
import { formKind } from "./form.ts";
import { formResponseKind } from "./formResponse.ts";
import { imageKind } from "./image.ts";
import { listKind } from "./list.ts";
import { locationKind } from "./location.ts";
import { templateKind } from "./template.ts";
import { textKind } from "./text.ts";
import { unsupportedKind } from "./unsupported.ts";

const kinds: { readonly [Type in Content["type"]]: ContentKind<Extract<Content, { readonly type: Type }>> } = {
  carousel: carouselKind,
  file: fileKind,
  form: formKind,
  formResponse: formResponseKind,
  image: imageKind,
  list: listKind,
  location: locationKind,
  template: templateKind,
  text: textKind,
  unsupported: unsupportedKind,
};

// A cast because TypeScript does not see that a content and its kind have the same type.
const kindOf = ({ type }: Content) => kinds[type] as ContentKind<Content>;

/**
 * Completes a content for storage: a rich text gets a plain one, for clients that show no other, a file a description,
 * a location a link. With `maskCreditCardNumbers` it masks payment card numbers in what people read.
 */
export function normalizeContent(content: Content, { maskCreditCardNumbers }: AppSettings): Content {
  const masked: Masked = (text) =>
    // A cast because a masked text is a text where one was given.
    (text !== undefined && maskCreditCardNumbers ? maskCardNumbers(text) : text) as typeof text;
  return kindOf(content).kept(content, masked);
}

/** Writes a content as plain text, for whatever can show no more; empty if nothing of it is text. */
export const fallbackText = (content: Content): string => kindOf(content).fallback(content);

/** Writes a content in the form of the Messaging SDKs' wire. */
export const wireContent = (content: Content, messageId: string): object =>
  kindOf(content).wire?.(content, messageId) ?? content;
