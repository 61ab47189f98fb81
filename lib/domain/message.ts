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

/** A button of a message, with what its kind needs besides. */
export type Action = {
  readonly type: string;
  readonly text: string;
  readonly metadata?: MetadataChange | null | undefined;
} & Readonly<Record<string, unknown>>;

export interface Coordinates {
  readonly lat: number;
  readonly long: number;
}

/** What a message says, in the API's own form for its type. */
export type Content = {
  readonly type: string;
  readonly actions?: readonly Action[] | undefined;
  readonly coordinates?: Coordinates | undefined;
} & Readonly<Record<string, unknown>>;

export interface Message {
  readonly id: string;
  readonly received: string;
  readonly author: Author;
  readonly content: Content;
  readonly source: Source;
  readonly metadata?: Metadata | undefined;
  /** What the channel sent, where `content` could not hold all of it. */
  readonly raw?: unknown;
}

/**
 * The message without what tells who wrote it: the author's name and picture, what the channel sent (which names the
 * sender, wherever it stands), and the channel's own id of it, of which some channels make the sender's number a part. What
 * was said stays. Source: the vendor's description of DeleteUserPersonalInformation, which keeps the history.
 */
export function withoutPersonalInformation(message: Message): Message {
  const { displayName: _, avatarUrl: __, ...author } = message.author;
  const { raw: ___, ...content } = message.content;
  const { originalMessageId: ____, ...source } = message.source;
  return { ...message, author, content: content as Content, source, raw: undefined };
}

/** Whether nothing in a message tells who wrote it. */
export const isCleared = ({ author, content, source, raw }: Message): boolean =>
  [author.displayName, author.avatarUrl, content.raw, source.originalMessageId, raw].every((one) => one === undefined);

/** The message as the REST API answers it; `raw` is ours. */
export function publicMessage(message: Message): object {
  return {
    id: message.id,
    received: message.received,
    author: message.author,
    content: message.content,
    source: message.source,
    ...(message.metadata === undefined || Object.keys(message.metadata).length === 0
      ? {}
      : { metadata: message.metadata }),
    raw: message.raw,
  };
}

/** Digits of payment cards in a text are hidden but for the last four: 13 to 19 digits that pass Luhn's check. */
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
