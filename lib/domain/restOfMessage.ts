import type { ChannelContent } from "./channel.ts";
import { isVisible, type JsonRecord } from "./providerValue.ts";
import { shortened, storable } from "./storable.ts";

/** Which fields of a channel's text message are no more than its content, and which are kept whatever they look like. */
export interface MessageFields {
  /** Held by the message already, or of no use to its reader. */
  readonly held: ReadonlySet<string>;
  /** Known to say something: what is replied to, an advertisement, a list's item. */
  readonly said: ReadonlySet<string>;
}

/**
 * What is kept beside a content. Of what has another type than text, all that the channel sent. Of a text, what else the
 * message says and never the text again: the known fields that say something, and unknown ones that may. So the next
 * field that a provider invents loses nothing, and its tokens cost nothing.
 */
export function rawBeside(content: ChannelContent, message: JsonRecord, { held, said }: MessageFields): unknown {
  if (content.type === "unsupported") return shortened(message);
  if (content.type !== "text") return storable(message);
  const rest = Object.entries(message).filter(([name, value]) => !held.has(name) && (said.has(name) || mayTell(value)));
  return rest.length === 0 ? undefined : shortened(Object.fromEntries(rest));
}

/** Whether an unknown field may say something: a structure, words or an address; not a flag, a number or a token. */
export function mayTell(value: unknown): boolean {
  if (typeof value === "object" && value !== null) return Object.keys(value).length > 0;
  return typeof value === "string" && isVisible(value) && !isToken(value.trim());
}

/** One long word of ASCII, or digits, or a flag; neither JSON nor an address. */
const isToken = (text: string): boolean =>
  /^(true|false|null|[+-]?[\d.,:]+)$/i.test(text) || (/^[!-~]{20,}$/.test(text) && !/:\/\/|^[[{]/.test(text));
