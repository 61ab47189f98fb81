import type { Metadata, MetadataChange } from "./metadata.ts";

export interface Author {
  readonly type: "user" | "business";
  readonly userId?: string | undefined;
  readonly displayName?: string | undefined;
  readonly avatarUrl?: string | undefined;
  readonly subtypes?: readonly string[] | undefined;
}

export interface Source {
  /** The channel's name, `web`, `ios`, `android`, or `api:conversations`. */
  readonly type: string;
  readonly integrationId?: string | undefined;
  readonly originalMessageId?: string | undefined;
  readonly originalMessageTimestamp?: string | undefined;
}

interface Button {
  readonly text: string;
  readonly metadata?: MetadataChange | null | undefined;
}

interface Opening {
  readonly uri: string;
  readonly default?: boolean | undefined;
  readonly extraChannelOptions?: object | undefined;
}

/** A button of a message. Source: the vendor's OpenAPI description, "action". */
export type Action =
  | (Button & { readonly type: "buy"; readonly amount: number; readonly currency?: string | undefined })
  | (Button & Opening & { readonly type: "link" })
  | (Button & { readonly type: "locationRequest" })
  | (Button & { readonly type: "postback"; readonly payload: string })
  | (Button & { readonly type: "reply"; readonly payload: string; readonly iconUrl?: string | undefined })
  | (Button &
      Opening & {
        readonly type: "webview";
        readonly fallback: string;
        readonly size?: "compact" | "tall" | "full" | undefined;
        readonly openOnReceive?: boolean | undefined;
      });

export interface Coordinates {
  readonly lat: number;
  readonly long: number;
}

interface Text {
  readonly text?: string | undefined;
}

interface RichText extends Text {
  readonly htmlText?: string | undefined;
  readonly blockChatInput?: boolean | undefined;
}

interface Media extends RichText {
  readonly mediaUrl?: string | undefined;
  readonly mediaType?: string | undefined;
  readonly mediaSize?: number | undefined;
  readonly altText?: string | undefined;
}

interface Buttons {
  readonly actions?: readonly Action[] | undefined;
}

/** The content of a message, in the API's own form for its type. Source: the vendor's OpenAPI description, "content". */
export type Content =
  | (RichText & Buttons & { readonly type: "text"; readonly payload?: string | undefined })
  | (Media & Buttons & { readonly type: "image" })
  | (Media & { readonly type: "file" })
  | (Text & {
      readonly type: "location";
      readonly coordinates: Coordinates;
      readonly location?: { readonly name?: string | undefined; readonly address?: string | undefined } | undefined;
      readonly blockChatInput?: boolean | undefined;
    })
  /** A kind that is not translated; `raw` is what the channel sent. */
  | (Text & { readonly type: "unsupported"; readonly raw?: unknown });

export interface Message {
  readonly id: string;
  readonly received: string;
  readonly author: Author;
  readonly content: Content;
  readonly source: Source;
  readonly metadata?: Metadata | undefined;
  /** The original from the channel, if `content` could not hold all of it. */
  readonly raw?: unknown;
}

/**
 * The message without what tells who wrote it: the author's name and picture, what the channel sent (which names the
 * sender, wherever it stands), and the channel's own id of it, of which some channels make the sender's number a part. What
 * was said stays. Source: the vendor's description of DeleteUserPersonalInformation, which keeps the history.
 */
export function withoutPersonalInformation(message: Message): Message {
  const { displayName: _, avatarUrl: __, ...author } = message.author;
  const { originalMessageId: ___, ...source } = message.source;
  return { ...message, author, content: withoutRaw(message.content), source, raw: undefined };
}

function withoutRaw(content: Content): Content {
  if (content.type !== "unsupported") return content;
  const { raw: _, ...rest } = content;
  return rest;
}

/** Tells whether nothing in a message names its author. */
export const isCleared = ({ author, content, source, raw }: Message): boolean =>
  [author.displayName, author.avatarUrl, source.originalMessageId, raw].every((one) => one === undefined) &&
  (content.type !== "unsupported" || content.raw === undefined);

/** Masks the digits of payment cards in a text except for the last four: 13 to 19 digits that pass Luhn's check. */
export function maskCardNumbers(text: string): string {
  return text.replace(/(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)/g, (match) => {
    const digits = match.replace(/\D/g, "");
    if (!passesLuhn(digits)) return match;
    let open = digits.length - 4;
    return match.replace(/\d/g, (digit) => (open-- > 0 ? "*" : digit));
  });
}

function passesLuhn(digits: string): boolean {
  const sum = [...digits].reverse().reduce((total, digit, index) => {
    const value = Number(digit) * (index % 2 === 0 ? 1 : 2);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}
