import { type Action, lineOfAction } from "../../model/content/action.ts";
import { linesOf } from "../../model/content/contentKind.ts";
import { fallbackText } from "../../model/content/contentKinds.ts";
import type { FileContent } from "../../model/content/file.ts";
import type { ImageContent } from "../../model/content/image.ts";
import type { Content } from "../../model/message.ts";

/** What a channel counts a text's length in: UTF-16 units, Unicode's characters, or bytes of UTF-8. */
export type Measure = "units" | "characters" | "bytes";

/** The length that a channel allows a text. */
export interface TextLimit {
  readonly size: number;
  readonly in: Measure;
}

/** Writes a content as plain text, for a channel that can show no more of it. It is never empty. */
export const plainText = (content: Content): string =>
  fallbackText(content).trim() || labelsIn(content) || `(${content.type})`;

/** Writes the labels of all buttons, where nothing else of a content is text. */
const labelsIn = (content: Content): string =>
  "actions" in content ? linesOf(...(content.actions ?? []).map(({ text }) => text.trim())) : "";

/** Reads what is said beside a content's file or buttons; empty if nothing is. */
export const textBeside = (content: Content): string => ("text" in content ? (content.text ?? "").trim() : "");

/** Writes a file that a channel cannot show: what is said beside it, and its address. */
export const linkedFile = (content: FileContent | ImageContent): string =>
  linesOf(textBeside(content), content.mediaUrl) || plainText(content);

/** Writes those buttons in lines that a channel cannot show as buttons, below a text. */
export const withButtonLines = (text: string, actions: readonly Action[]): string =>
  linesOf(text, ...actions.map(buttonLine)).trim();

/** Writes a button as a line: with what it opens or costs. A postback is its label alone, or empty without one. */
export const buttonLine = (action: Action): string =>
  action.type === "buy" ? `${action.text} (${priceOf(action)})` : lineOfAction(action) || action.text;

/** Reads what a button opens in a browser; `undefined` if it opens nothing. */
export function openedBy(action: Action): string | undefined {
  if (action.type === "link") return action.uri;
  return action.type === "webview" ? action.fallback : undefined;
}

/** Writes a button's label, cut to a limit; never empty, since channels refuse buttons without one. */
export const labelOf = (action: Action, limit: TextLimit): string =>
  cutText(action.text.trim() || openedBy(action)?.trim() || "…", limit);

/** Writes a price, which stands in hundredths. Source: the vendor's OpenAPI description, "buy". */
const priceOf = ({ amount, currency }: Extract<Action, { readonly type: "buy" }>): string =>
  `${(amount / 100).toFixed(2)} ${(currency ?? "usd").toUpperCase()}`;

/** Cuts a text to a limit, with an ellipsis where something is missing. No character of a reader's is cut through. */
export function cutText(text: string, limit: TextLimit): string {
  const wellFormed = text.toWellFormed();
  if (fits(wellFormed, limit)) return wellFormed;
  const room = limit.size - sizeOf("…", limit.in);
  if (room <= 0) return wellFormed.slice(0, endOfPart(wellFormed, limit));
  return `${wellFormed.slice(0, endOfPart(wellFormed, { ...limit, size: room })).trimEnd()}…`;
}

/**
 * Splits a text into parts of at most a limit, at the end of a line or a word where one is near. Parts that would show
 * nothing are left out, so that an empty text has none.
 */
export function splitText(text: string, limit: TextLimit): readonly string[] {
  const parts: string[] = [];
  let rest = text.toWellFormed();
  while (!fits(rest, limit)) {
    // A character that is larger than a part stands alone.
    const whole = endOfPart(rest, limit) || String.fromCodePoint(rest.codePointAt(0) ?? 0).length;
    const end = endOfWords(rest, whole);
    parts.push(rest.slice(0, end).trimEnd());
    rest = rest.slice(end).replace(/^\s+/, "");
  }
  return [...parts, rest].filter((part) => part.trim() !== "");
}

const fits = (text: string, limit: TextLimit): boolean => sizeOf(text, limit.in) <= limit.size;

function sizeOf(text: string, measure: Measure): number {
  if (measure === "units") return text.length;
  return measure === "bytes" ? Buffer.byteLength(text) : [...text].length;
}

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** UTF-16 units in which what a reader takes for one character is looked for; the longest emoji have about 35. */
const longestGrapheme = 64;

/** Finds where the longest beginning of a text ends that fits. */
function endOfPart(text: string, limit: TextLimit): number {
  let end = 0;
  let size = 0;
  for (const character of text) {
    size += sizeOf(character, limit.in);
    if (size > limit.size) break;
    end += character.length;
  }
  const from = Math.max(0, end - longestGrapheme);
  const start = graphemes.segment(text.slice(from, end + longestGrapheme)).containing(end - from)?.index ?? 0;
  return start === 0 ? end : from + start;
}

/** Finds the last end of a line, or else of a word, in the second half of a part. */
function endOfWords(text: string, end: number): number {
  if (/^\s/.test(text.slice(end, end + 1))) return end;
  const part = text.slice(0, end);
  const line = part.lastIndexOf("\n");
  if (line >= end / 2) return line;
  const word = part.search(/\s\S*$/);
  return word >= end / 2 ? word : end;
}
