import type { ChannelMedia, Receipt } from "./channelCall.ts";
/** Every messaging channel by its type, which is also the name of its folder in `lib/channels`. */
export declare const channelTypes: readonly ["instagram", "line", "mailgun", "messagebird", "messenger", "telegram", "twilio", "viber", "whatsapp"];
export type ChannelType = (typeof channelTypes)[number];
/** Tells whether an integration of this type receives webhooks. */
export declare const isChannelType: (type: string) => type is ChannelType;
/** One field of an integration of this type, as the API takes it at creation. */
export interface CredentialField {
    /** By default `string`, of 1 to 1024 characters unless `maxLength` is another. */
    readonly type?: "string" | "boolean";
    readonly required?: boolean;
    /** Left out of every answer, except the one that creates it. */
    readonly secret?: boolean;
    /** Made at creation if the caller gives none. */
    readonly generated?: boolean;
    readonly maxLength?: number;
    readonly pattern?: RegExp;
    /** Callers may also give it as a JSON number (a safe integer), which is stored as its digits. */
    readonly numeric?: boolean;
}
/** The values of an integration's fields, by name. */
export type Credentials = Readonly<Record<string, string | boolean | undefined>>;
/** A delivery as it was received; built once by the HTTP layer. */
export interface ChannelRequest {
    readonly method: string;
    /** The URL exactly as the provider was told to call it, with the query string that it sent. */
    readonly publicUrl: string;
    readonly query: URLSearchParams;
    /** Names in lower case. */
    readonly headers: Readonly<Record<string, string | undefined>>;
    /** The bytes that were signed, never re-serialised. */
    readonly rawBody: Buffer;
    readonly receivedAt: Date;
}
export type Verdict = {
    readonly ok: true;
} | {
    readonly ok: false;
    readonly status: 400 | 401 | 403 | 406;
    readonly reason: string;
};
export interface Reply {
    readonly status: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
}
/** A person on a channel, as far as a delivery describes it. */
export interface ChannelPerson {
    /** The id that this event proves, the `client.externalId` of a new person. Never normalised. */
    readonly externalId: string;
    /** The event only claims the id, without proof: such a person is another than the one who proves it. */
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
/** A person's way into a conversation, e.g. by an ad. Source: the vendor's "Conversation referrals". */
export interface Referral {
    readonly code?: string | undefined;
    readonly details?: {
        readonly source?: string | undefined;
        readonly type?: string | undefined;
        readonly adId?: string | undefined;
    } | undefined;
}
export type ChannelContent = {
    readonly type: "text";
    readonly text: string;
    readonly payload?: string;
} | {
    readonly type: "image";
    readonly mediaUrl?: string;
    /** The file, where only the channel's API gives it: fetched after the delivery is acknowledged. */
    readonly media?: ChannelMedia;
    readonly mediaType?: string;
    readonly text?: string;
    readonly altText?: string;
} | {
    readonly type: "file";
    readonly mediaUrl?: string;
    /** The file, where only the channel's API gives it: fetched after the delivery is acknowledged. */
    readonly media?: ChannelMedia;
    readonly mediaType?: string;
    readonly text?: string;
    readonly altText?: string;
} | {
    readonly type: "location";
    readonly coordinates: {
        readonly lat: number;
        readonly long: number;
    };
    readonly location?: {
        readonly name?: string;
        readonly address?: string;
    };
}
/** A kind that we do not translate: the original content is stored beside it. */
 | {
    readonly type: "unsupported";
    readonly text?: string;
};
interface EventOfPerson {
    readonly person: ChannelPerson;
    /** The provider's time, if it sends one. */
    readonly occurredAt?: Date;
    /** The person's way here, e.g. by an ad, as the provider tells it. */
    readonly referral?: Referral;
}
interface EventOfMessage extends EventOfPerson {
    /** The provider's id of this message, exact (64-bit integers as their digits). It may be unique for a person alone: then `dedupeKey` has the person, too. */
    readonly messageId: string;
    /** A value that only a redelivery repeats, if that is not `messageId` itself. Up to 4 KB, since it is hashed. */
    readonly dedupeKey?: string;
}
export type ChannelEvent = (EventOfMessage & {
    readonly kind: "message";
    readonly content: ChannelContent;
    /** The channel's id of the message that this one answers. */
    readonly quotedMessageId?: string | undefined;
    /** The message as the provider sent it, stored if `content` cannot hold all of it. */
    readonly raw?: unknown;
    /** The client's status after the message, if the channel changes it by messages: STOP and START of an SMS. */
    readonly clientStatus?: "blocked" | "active";
})
/**
 * A pressed button or a menu choice. Starts a conversation like `started`, and is stored as a message with a payload.
 */
 | (EventOfMessage & {
    readonly kind: "postback";
    readonly payload: string;
    readonly text?: string;
    /** The press as the provider sent it, if `payload` and `text` do not hold all of it. */
    readonly raw?: unknown;
})
/** Get Started, follow, subscribe, referral: the person opened the chat but wrote nothing. */
 | (EventOfPerson & {
    readonly kind: "started";
}) | (EventOfPerson & {
    readonly kind: "blocked";
}) | (EventOfPerson & {
    readonly kind: "unblocked";
})
/** The channel renamed the person: `person` has the old ids, `to` the new ones; no id is in both. */
 | (EventOfPerson & {
    readonly kind: "identityChanged";
    readonly to: readonly string[];
});
/** A piece of a delivery with content of which no event can be made: kept for a human to look at. */
export interface Unreadable {
    readonly kind: "unreadable";
    /** The reason, never with the content. */
    readonly reason: string;
    /** The piece as the channel sent it. */
    readonly piece: unknown;
}
export interface Parsed {
    /** In the provider's order, repeated messages of one delivery removed. */
    readonly events: readonly ChannelEvent[];
    /** Reasons why pieces make no event, including those in `unreadable`: for the log, never with the content. */
    readonly skipped: readonly string[];
    /** A signature that covers no content: it is valid for these events, which may come again; any other is refused. */
    readonly once?: {
        readonly signature: string;
        readonly refusal: 406;
    };
    /** Pieces that are acknowledged only once they are kept elsewhere. */
    readonly unreadable: readonly Unreadable[];
    /** The channel's reports on what was sent to people. */
    readonly receipts?: readonly Receipt[];
}
export {};
