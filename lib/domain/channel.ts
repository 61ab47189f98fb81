/** What every messaging channel declares, and what it makes of a delivery. One channel is one file in `lib/channels`. */

export const channelTypes = [
  "instagram",
  "line",
  "mailgun",
  "messagebird",
  "messenger",
  "telegram",
  "twilio",
  "viber",
  "whatsapp",
] as const;

export type ChannelType = (typeof channelTypes)[number];

/** Whether an integration of this type receives webhooks. */
export const isChannelType = (type: string): type is ChannelType => channelTypes.some((known) => known === type);

/** One field of an integration of this type, as the API takes it at creation. */
export interface CredentialField {
  /** Default `string` (1 to 1024 characters unless `maxLength` says otherwise). */
  readonly type?: "string" | "boolean";
  readonly required?: boolean;
  /** Never in an answer, except the one that creates it. */
  readonly secret?: boolean;
  /** Ours to choose: made at creation when the caller gives none. */
  readonly generated?: boolean;
  readonly maxLength?: number;
  readonly pattern?: RegExp;
  /** Callers may also give it as a JSON number (a safe integer), which is kept as its digits. */
  readonly numeric?: boolean;
}

/** The values of an integration's fields, by name. */
export type Credentials = Readonly<Record<string, string | boolean | undefined>>;

/** A delivery as it came in; built once by the HTTP layer. */
export interface ChannelRequest {
  readonly method: string;
  /** The URL exactly as the provider was told to call it, with the query string it sent. */
  readonly publicUrl: string;
  readonly query: URLSearchParams;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The bytes that were signed, never re-serialised. */
  readonly rawBody: Buffer;
  readonly receivedAt: Date;
}

export type Verdict =
  | { readonly ok: true }
  | { readonly ok: false; readonly status: 400 | 401 | 403 | 406; readonly reason: string };

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A person on a channel, as far as a delivery tells. */
export interface ChannelPerson {
  /** The id this event proves, the `client.externalId` of a person seen for the first time. Never normalised. */
  readonly externalId: string;
  /** Says that the event only claims the id: whoever does is another person than the one who proves it. */
  readonly unverified?: boolean;
  /** Every further id that this event proves to be the same person's. */
  readonly aliases: readonly string[];
  readonly displayName?: string;
  readonly givenName?: string;
  readonly surname?: string;
  readonly email?: string;
  readonly locale?: string;
  readonly avatarUrl?: string;
  /** The flat, curated `client.info`. */
  readonly info?: Readonly<Record<string, string | number | boolean>>;
  /** The channel's own description of the person, `client.raw`. */
  readonly raw?: Readonly<Record<string, unknown>>;
}

export type ChannelContent =
  | { readonly type: "text"; readonly text: string; readonly payload?: string }
  | {
      readonly type: "image";
      readonly mediaUrl?: string;
      readonly mediaType?: string;
      readonly text?: string;
      readonly altText?: string;
    }
  | {
      readonly type: "file";
      readonly mediaUrl?: string;
      readonly mediaType?: string;
      readonly text?: string;
      readonly altText?: string;
    }
  | {
      readonly type: "location";
      readonly coordinates: { readonly lat: number; readonly long: number };
      readonly location?: { readonly name?: string; readonly address?: string };
    }
  /** A kind we do not translate: what the channel sent is kept beside it. */
  | { readonly type: "unsupported"; readonly text?: string };

interface EventOfPerson {
  readonly person: ChannelPerson;
  /** The provider's time, where it gives one. */
  readonly occurredAt?: Date;
}

interface EventOfMessage extends EventOfPerson {
  /** The provider's id of this message, exact (64-bit integers as their digits). */
  readonly messageId: string;
  /** What a redelivery repeats and nothing else does, where that is not `messageId` itself. Up to 4 KB: to be hashed. */
  readonly dedupeKey?: string;
}

export type ChannelEvent =
  | (EventOfMessage & {
      readonly kind: "message";
      readonly content: ChannelContent;
      /** The message as the provider sent it, kept when `content` cannot hold all of it. */
      readonly raw?: unknown;
      /** What the message itself does to the client, where the channel says so: STOP and START of an SMS. */
      readonly clientStatus?: "blocked" | "active";
    })
  /** A pressed button or a menu choice. Starts a conversation like `started`, and is kept as a message of type `postback`-like text. */
  | (EventOfMessage & {
      readonly kind: "postback";
      readonly payload: string;
      readonly text?: string;
      /** The press as the provider sent it, where there is more to it. */
      readonly raw?: unknown;
    })
  /** Get Started, follow, subscribe, referral: the person opened the door but said nothing. */
  | (EventOfPerson & { readonly kind: "started" })
  | (EventOfPerson & { readonly kind: "blocked" })
  | (EventOfPerson & { readonly kind: "unblocked" })
  /** The channel renamed the person: `person` has the old ids, `to` the new ones; none is in both. */
  | (EventOfPerson & { readonly kind: "identityChanged"; readonly to: readonly string[] });

/** A piece of a delivery that says something, of which no event can be made: kept for a human to look at. */
export interface Unreadable {
  readonly kind: "unreadable";
  /** Why, never with the content. */
  readonly reason: string;
  /** What the channel sent. */
  readonly piece: unknown;
}

export interface Parsed {
  /** In the provider's order, repeated messages of one delivery removed. */
  readonly events: readonly ChannelEvent[];
  /** Why pieces make nobody, those among `unreadable` included: for the log, never with the content. */
  readonly skipped: readonly string[];
  /** A signature that covers no content: it serves these events, which may come again, and any other is refused. */
  readonly once?: { readonly signature: string; readonly refusal: 406 };
  /** What must not be acknowledged before it is kept elsewhere. */
  readonly unreadable: readonly Unreadable[];
}

export interface Channel {
  readonly type: ChannelType;
  readonly fields: Readonly<Record<string, CredentialField>>;
  /** Groups of fields of which at least one must be given. */
  readonly oneOf?: readonly (readonly string[])[];
  /** The channel's own check of the webhook's address; `undefined` when this request is not one. */
  handshake(request: ChannelRequest, credentials: Credentials): Reply | undefined;
  /** Pure, in constant time, and closed without its secret. */
  verify(request: ChannelRequest, credentials: Credentials): Verdict;
  /** Pure and total: whatever arrives becomes events or reasons to skip, never an exception. */
  parse(request: ChannelRequest, credentials: Credentials): Parsed;
  /** What tells the provider that everything is stored. */
  readonly acknowledgement: Reply;
  /** Whether a 5xx brings the delivery again; if not, it has to be queued. */
  readonly redelivers: boolean;
}
