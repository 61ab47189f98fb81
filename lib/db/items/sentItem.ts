import type { ChannelType } from "../../model/channel.ts";
import type { DeliveryFailure } from "../../model/channelCall.ts";
import type { Item } from "../db.ts";
import { namesInConversationKey, namesInSentKey, receiptKey, sentKey } from "../keys.ts";

/** Seconds for which it is known what became of a message on a channel, and for which reports find the message. */
const sentLifetimeSeconds = 30 * 24 * 60 * 60;
/** Seconds for which a report waits that came before what it is about was recorded. */
const waitingLifetimeSeconds = 24 * 60 * 60;

/** A message at one of the clients that it is for. */
export interface SentPlace {
  readonly appId: string;
  readonly conversationId: string;
  readonly messageId: string;
  /** The client that the message was for at first; `destination` tells where it went. */
  readonly clientId: string;
}

/** What a message was sent by, and to whom. */
export interface SentDestination {
  readonly type: ChannelType;
  readonly integrationId: string;
  /** The user and the client that got it: others than at first where users were merged, or the client was removed. */
  readonly userId: string;
  readonly clientId: string;
}

/** What became of a message at its provider. */
export type SentOutcome =
  /** The provider took all of it; with `isFinal` it will report nothing more. */
  | { readonly kind: "accepted"; readonly at: string; readonly isFinal: boolean }
  | { readonly kind: "failed"; readonly at: string; readonly failure: DeliveryFailure };

/** What the provider reported of a message that it took: the furthest, since reports come in any order. */
export interface SentReport {
  readonly state: "delivered" | "read" | "failed";
  readonly at: string;
  readonly failure?: DeliveryFailure | undefined;
}

/** What became of a message on a channel. */
export interface SentMessage extends SentPlace {
  /** Absent where nothing was to be sent by any integration. */
  readonly destination?: SentDestination | undefined;
  /** Number of its requests that were answered: the others are still to be made. */
  readonly answered: number;
  /** The provider's ids of it, of all requests. */
  readonly externalIds: readonly string[];
  /** Absent while it is being sent. */
  readonly outcome?: SentOutcome | undefined;
  readonly report?: SentReport | undefined;
}

/**
 * Writes what became of a message. The addresses of its receipts stand in it, so that they are deleted with it.
 * @param addresses by `receiptAddress`, of its external ids
 * @param expiresAt when the message itself expires, in seconds since 1970
 */
export const sentItem = (
  { appId, conversationId, messageId, clientId, ...sent }: SentMessage,
  addresses: readonly string[],
  now: Date,
  expiresAt = Number.POSITIVE_INFINITY,
): Item => ({
  ...sentKey(appId, conversationId, messageId, clientId),
  destination: sent.destination,
  answered: sent.answered,
  externalIds: sent.externalIds.length === 0 ? undefined : sent.externalIds,
  receipts: addresses.length === 0 ? undefined : addresses,
  outcome: sent.outcome && JSON.stringify(sent.outcome),
  report: sent.report && JSON.stringify(sent.report),
  expiresAt: Math.min(expiresAt, expiryAfter(now, sentLifetimeSeconds)),
});

/** Reads what became of a message. */
export const readSent = (item: Item): SentMessage => {
  const { appId, id: conversationId } = namesInConversationKey(item.pk);
  return {
    appId,
    conversationId,
    ...namesInSentKey(item.sk),
    destination: item.destination,
    answered: item.answered,
    externalIds: item.externalIds ?? [],
    outcome: item.outcome === undefined ? undefined : JSON.parse(item.outcome),
    report: item.report === undefined ? undefined : JSON.parse(item.report),
  };
};

/** Lists the addresses of a message's receipts, which are deleted with it. */
export const receiptAddressesOf = (item: Item): readonly string[] => item.receipts ?? [];

/** What stands at the address of a provider's id: the message that has it, or a report that waits for the message. */
export type ReceiptRecord =
  | ({ readonly kind: "sent" } & Omit<SentPlace, "appId">)
  | { readonly kind: "waiting"; readonly report: SentReport };

/** Names the message that has a provider's id, at the address of that id. */
export const receiptItem = (
  { appId, conversationId, messageId, clientId }: SentPlace,
  address: string,
  now: Date,
): Item => ({
  ...receiptKey(appId, address),
  conversationId,
  messageId,
  clientId,
  expiresAt: expiryAfter(now, sentLifetimeSeconds),
});

/** Keeps a report at the address of the provider's id until its message is recorded. */
export const waitingReceiptItem = (appId: string, address: string, report: SentReport, now: Date): Item => ({
  ...receiptKey(appId, address),
  report: JSON.stringify(report),
  expiresAt: expiryAfter(now, waitingLifetimeSeconds),
});

/** Reads what stands at the address of a provider's id. */
export const readReceiptRecord = (item: Item): ReceiptRecord =>
  item.report === undefined
    ? { kind: "sent", conversationId: item.conversationId, messageId: item.messageId, clientId: item.clientId }
    : { kind: "waiting", report: JSON.parse(item.report) };

const ranks = { delivered: 1, failed: 2, read: 3 } as const;

/** Joins reports on one message: the furthest is kept, since a provider's reports come in any order, and repeatedly. */
export const furtherReport = (known: SentReport | undefined, next: SentReport): SentReport =>
  known === undefined || ranks[next.state] > ranks[known.state] ? next : known;

const expiryAfter = (now: Date, seconds: number): number => Math.floor(now.getTime() / 1000) + seconds;
