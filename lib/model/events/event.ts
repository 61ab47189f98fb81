import type { Referral } from "../channel.ts";
import type { DeliveryFailure } from "../channelCall.ts";
import type { Client } from "../client.ts";
import type { Conversation, Participant } from "../conversation.ts";
import type { Message, Source } from "../message.ts";
import type { Metadata } from "../metadata.ts";
import type { User } from "../user.ts";
import type { WebhookTrigger } from "./webhook.ts";

/** The reason for which a conversation was created. Source: the vendor's `conversation:create` event. */
export type CreationReason = "linkRequest" | "message" | "none" | "startConversation";

/** The creation of a conversation, as its item records it. */
export interface ConversationOrigin {
  readonly reason: CreationReason;
  readonly source: Pick<Source, "type" | "integrationId">;
  readonly referral?: Referral | undefined;
}

/** A person's way into a conversation that existed already, as the conversation's item records the latest one. */
export interface ConversationReferral {
  readonly referral: Referral;
  readonly source: Pick<Source, "type" | "integrationId">;
  /** The channel's own time, if it sends one. */
  readonly at?: string | undefined;
}

/** What a pressed button says. Source: the vendor's OpenAPI description, "postbackWebhook". */
export interface Postback {
  readonly payload: string;
  readonly metadata?: Metadata | undefined;
}

/** A press of a button by a user of an SDK, as the conversation's item records the latest one. */
export interface ConversationPress {
  readonly id: string;
  readonly at: string;
  readonly userId: string;
  readonly postback: Postback;
  readonly source: Pick<Source, "type" | "integrationId">;
}

/**
 * The cause of a change of a user's clients other than a request for that change: two users or two clients of one person
 * became one, or the identity for which a client waited belongs to another user.
 */
export type UserCause = "linkFailed" | "merge";

export type MergeReason = "api" | "channelLinking" | "sdkLogin";

/** The merge of a user into another, as the item of the discarded user records it: ids alone. */
export interface MergeRecord {
  readonly reason: MergeReason;
  readonly survivorId: string;
  /** The conversations that became one. */
  readonly conversations?: { readonly surviving: string; readonly discarded: string } | undefined;
  /** The clients that became one, the first such pair. */
  readonly clients?: { readonly surviving: string; readonly discarded: string } | undefined;
}

/** What happened, in the terms of the model. */
export type EventDetail =
  | { readonly type: "conversation:create"; readonly conversation: Conversation; readonly origin: ConversationOrigin }
  | {
      readonly type: "conversation:message";
      readonly message: Message;
      /** Whether its conversation counts it in a write after its own, and may refuse it then. */
      readonly isCountedApart?: boolean;
    }
  | {
      readonly type:
        | "conversation:message:delivery:channel"
        | "conversation:message:delivery:failure"
        | "conversation:message:delivery:user";
      readonly messageId: string;
      /** Absent where no client was left that it could be sent to. */
      readonly destination?: Pick<Source, "type" | "integrationId"> | undefined;
      /** The channel's own ids of it, if the channel tells any. */
      readonly externalIds: readonly string[];
      /** Whether no other event of this message and this destination follows. */
      readonly isFinal: boolean;
      readonly failure?: DeliveryFailure | undefined;
    }
  | {
      readonly type: "conversation:postback";
      readonly postback: Postback;
      readonly userId: string | undefined;
      readonly source: Source;
      /** The message that the press is in the history, if it is one. */
      readonly message?: Message | undefined;
      /** As for a message. */
      readonly isCountedApart?: boolean;
    }
  | {
      readonly type: "conversation:read";
      readonly conversation: Conversation;
      /** The participant that read, or the business if absent. */
      readonly participant?: Participant | undefined;
    }
  | {
      readonly type: "conversation:typing";
      readonly conversation: Conversation;
      readonly activity: "typing:start" | "typing:stop";
      readonly user: User;
      readonly source: Pick<Source, "type" | "integrationId">;
    }
  | {
      readonly type: "conversation:join" | "conversation:leave";
      readonly conversation: Conversation;
      readonly participant: Participant;
    }
  | { readonly type: "conversation:remove"; readonly conversation: Conversation }
  | {
      readonly type: "conversation:referral";
      readonly conversation: Conversation;
      readonly referral: Referral;
      readonly source: Pick<Source, "type" | "integrationId">;
    }
  | {
      readonly type: "client:add";
      readonly user: User;
      readonly client: Client;
      readonly reason: "channelLinking" | "sdkLogin";
    }
  | {
      readonly type: "client:update";
      readonly user: User;
      readonly client: Client;
      readonly reason: "confirmed" | "blocked" | "unblocked" | "matched";
    }
  | {
      readonly type: "client:remove";
      readonly user: User;
      readonly client: Client;
      readonly reason: "api" | "linkCancelled" | "linkFailed" | "sdk" | "theft";
      /** Why a link failed, where a channel told. */
      readonly failure?: DeliveryFailure | undefined;
    }
  | { readonly type: "user:update"; readonly user: User; readonly reason: "authentication" }
  | { readonly type: "user:remove"; readonly user: User }
  | { readonly type: "user:merge"; readonly discarded: User; readonly merge: MergeRecord };

/** An event of an app: what a change of the table means. */
export interface AppEvent {
  /** Derived from what changed, so that a record that is read again makes the same event. */
  readonly id: string;
  readonly appId: string;
  /** ISO 8601, with milliseconds. */
  readonly createdAt: string;
  /** The conversation of the event, whose events keep their order. */
  readonly conversationId?: string | undefined;
  /** The user of the event; without a conversation, this user's events keep their order. */
  readonly userId?: string | undefined;
  readonly detail: EventDetail;
}

export type EventType = EventDetail["type"] & WebhookTrigger;

/** An event in the form that a webhook receives. */
export interface PublicEvent {
  readonly id: string;
  readonly type: EventType;
  readonly createdAt: string;
  readonly payload: Readonly<Record<string, unknown>>;
}
