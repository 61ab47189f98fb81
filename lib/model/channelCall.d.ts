import type { Author, Content } from "./message.ts";
import type { JsonRecord } from "./values/providerValue.ts";
/** A request to the API of a channel's provider, at the provider's own host. */
export interface ProviderRequest {
    readonly method: "GET" | "POST" | "PUT";
    /** Absolute; its origin is another one where the channel's API is pointed elsewhere. */
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: string | undefined;
}
/** The provider's answer to a request. */
export interface ProviderAnswer {
    readonly status: number;
    /** Names in lower case. */
    readonly headers: Readonly<Record<string, string | undefined>>;
    readonly body: string;
}
/** The reason for which a message does not reach a person. */
export type FailureReason = 
/** The channel has no such person, or cannot reach it. */
"unreachable"
/** The channel takes no free message now, e.g. a day after the person's last one. */
 | "windowClosed"
/** The person blocked the account, or the account may not send this. */
 | "notPermitted"
/** The provider refused the credentials. */
 | "wrongCredentials"
/** The integration lacks a field that sending needs. */
 | "missingField"
/** The provider refused the message itself. */
 | "refused"
/** The provider could not be reached, or did not take the message, until the time for it was over. */
 | "expired";
export interface DeliveryFailure {
    readonly reason: FailureReason;
    /** What to know or do, for the business: up to 500 characters, of ours or the provider's. It is never logged. */
    readonly message: string;
}
/** What the provider's answer means. */
export type CallResult = 
/** It took the message, under these ids of its own, if it tells any. */
{
    readonly kind: "accepted";
    readonly externalIds: readonly string[];
} | {
    readonly kind: "refused";
    readonly failure: DeliveryFailure;
}
/** It may take the message later: after as many seconds, if it says so. */
 | {
    readonly kind: "later";
    readonly seconds?: number | undefined;
    readonly failure: DeliveryFailure;
};
/** A message that a channel is to show. */
export interface OutgoingMessage {
    readonly id: string;
    readonly author: Pick<Author, "displayName" | "avatarUrl">;
    readonly content: Content;
    /** The channel's id of the message that this one answers. */
    readonly quotedExternalId?: string | undefined;
    /** The payload that the business gave for this channel instead of the content. */
    readonly override?: JsonRecord | undefined;
}
/** A person on a channel, to whom something is sent. */
export interface Recipient {
    /** The person's id on the channel; a link's may be of a person that never wrote. */
    readonly externalId: string;
    readonly aliases: readonly string[];
    /** The client's `info` and `raw`, as the channel described the person. */
    readonly info?: JsonRecord | undefined;
    readonly raw?: JsonRecord | undefined;
}
/** The latest message of the person on the channel, as far as it is known. */
export interface LatestReceived {
    readonly externalId: string;
    readonly received: string;
    /** What is kept of the original beside its content, e.g. a mail's subject. */
    readonly raw?: unknown;
}
/** A report of a channel about messages that were sent to a person. */
export interface Receipt {
    readonly state: "delivered" | "read" | "failed";
    /** The provider's ids of the messages. Empty if the report is of all up to `until`. */
    readonly externalIds: readonly string[];
    /** The person that read or got everything up to this time, where the channel tells of a time alone. */
    readonly upTo?: {
        readonly externalId: string;
        readonly time: Date;
    } | undefined;
    readonly failure?: DeliveryFailure | undefined;
    readonly occurredAt?: Date | undefined;
}
/** A file that a channel only gives by its API, as a message names it. */
export interface ChannelMedia {
    /** The provider's id of the file, or its URL there. */
    readonly id?: string | undefined;
    readonly url?: string | undefined;
}
/** What is to be done at a provider, as it stands in the queue: ids alone, what is to be said stands in the table. */
export type ChannelTask = {
    /** Derived, so that the same change of the table makes the same task. */
    readonly id: string;
    readonly appId: string;
    /** Tasks of one group are done in their order. */
    readonly group: string;
    /** The time at which it was queued first; the attempts end a while after it. */
    readonly queuedAt: string;
} & ({
    readonly kind: "message";
    readonly conversationId: string;
    readonly messageId: string;
    readonly userId: string;
    readonly clientId: string;
} | {
    readonly kind: "link";
    readonly userId: string;
    readonly clientId: string;
} | {
    readonly kind: "typing";
    readonly conversationId: string;
    readonly userId: string;
    readonly clientId: string;
    readonly activity: "typing:start" | "typing:stop";
} | {
    readonly kind: "read";
    readonly conversationId: string;
    readonly userId: string;
    readonly clientId: string;
} | {
    readonly kind: "media";
    readonly conversationId: string;
    readonly messageId: string;
    readonly integrationId: string;
});
/** The queue of tasks at providers. */
export interface ChannelQueue {
    /** Queues tasks; those of one group are handed out in this order. Resolves only when all are durably queued. */
    readonly send: (tasks: readonly ChannelTask[]) => Promise<void>;
    /** Holds a task that was handed out, and with it all of its group, for some seconds. */
    readonly hold: (receipt: string, seconds: number) => Promise<void>;
    /** Keeps a task that failed by a fault of ours for good, which raises an alarm. */
    readonly bury: (task: ChannelTask) => Promise<void>;
}
/** The base URLs to which channels' APIs are pointed instead of their providers', by the channel's type. */
export type ChannelApiUrls = Readonly<Record<string, string | undefined>>;
