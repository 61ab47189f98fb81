import type { ChannelContent } from "../../model/channel.ts";
import { isVisible, type JsonRecord } from "../../model/values/providerValue.ts";
import { shortened, storable } from "./storable.ts";

/** Lists of fields of a channel's text message: those that are dropped, and those that are always kept. */
export interface MessageFields {
  /** Fields that the message holds already, or that are useless to its reader. */
  readonly ignored: ReadonlySet<string>;
  /** Fields that are known to be informative: the message replied to, an advertisement, a list's item. */
  readonly kept: ReadonlySet<string>;
}

/**
 * Picks the part of the original that is kept beside a content: all of it for any type other than text; for a text, the
 * known informative fields, and unknown ones that may be, but never the text again. So a new field of a provider is not
 * lost, and its tokens cost nothing.
 */
export function rawBeside(content: ChannelContent, message: JsonRecord, { ignored, kept }: MessageFields): unknown {
  if (content.type === "unsupported") return shortened(message);
  if (content.type !== "text") return storable(message);
  const rest = Object.entries(message).filter(
    ([name, value]) => !ignored.has(name) && (kept.has(name) || isInformative(value)),
  );
  return rest.length === 0 ? undefined : shortened(Object.fromEntries(rest));
}

/** Tells whether an unknown field may be informative: a structure, words or a URL; not a flag, a number or a token. */
export function isInformative(value: unknown): boolean {
  if (typeof value === "object" && value !== null) return Object.keys(value).length > 0;
  return typeof value === "string" && isVisible(value) && !isToken(value.trim());
}

/** Tells whether a text is one long word of ASCII, digits or a flag; neither JSON nor a URL. */
const isToken = (text: string): boolean =>
  /^(true|false|null|[+-]?[\d.,:]+)$/i.test(text) || (/^[!-~]{20,}$/.test(text) && !/:\/\/|^[[{]/.test(text));
