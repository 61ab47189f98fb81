import { createHmac } from "node:crypto";
import type { ChannelPerson } from "../model/channel.ts";

/** Every key of the table. `docs/data.md` describes the item at each key and the operations that read it. */

export interface Key {
  readonly pk: string;
  readonly sk: string;
}

/**
 * Tells whether DynamoDB takes a key of this length. Keys are made of names from callers, so they may be of any length;
 * at one that is too long no item is found, and a transaction that requires one fails.
 */
export const fitsTable = (key: Key): boolean => Buffer.byteLength(key.pk) <= 2048 && Buffer.byteLength(key.sk) <= 1024;

/** The partition of the account's apps, which are listed in the order of their ids. */
export const appsPartition = "apps";
export const appKey = (appId: string): Key => ({ pk: appsPartition, sk: `app#${appId}` });

/** The partition of the remaining work of apps' deletions, listed, so that it is found without the app. */
export const deletedAppsPartition = "deletedApps";
export const deletedAppPrefix = "app#";
export const deletedAppKey = (appId: string): Key => ({
  pk: deletedAppsPartition,
  sk: deletedAppPrefix + appId,
});

/**
 * Reads the app's id from an item: from the partition key's second part, or from the item if it is found by its id
 * alone.
 */
export const appIdOfItem = (item: { readonly pk: string; readonly appId?: string }): string | undefined =>
  item.appId ?? item.pk.split("#")[1];

/** An API key is found by its id alone; the item of its owner lists it. */
export const apiKeyKey = (keyId: string): Key => ({ pk: `key#${keyId}`, sk: "key" });

/** The key of a user id: its item is the user, a redirect to another user, or a vacancy after a deletion. */
export const userKey = (appId: string, userId: string): Key => ({ pk: `user#${appId}#${userId}`, sk: "user" });

/** Reads the app's id and the user's id from such a key. */
export function namesInUserKey(pk: string): { readonly appId: string; readonly id: string } {
  const [, appId = "", id = ""] = pk.split("#");
  return { appId, id };
}

/**
 * Derives an id from identifying values: the first 24 hexadecimal characters of HMAC-SHA256 under the app's salt. Equal
 * inputs have one address, so that one conditional write creates or finds; without the salt no id reveals its origin.
 * The parts are joined as JSON, so that no two lists of parts read the same.
 */
function derivedId(salt: string, ...parts: readonly string[]): string {
  return createHmac("sha256", salt).update(JSON.stringify(parts)).digest("hex").slice(0, 24);
}

/** Derives the address of an externalId. Brand-separated users have addresses of their own. */
export const externalIdAddress = (salt: string, externalId: string, brandId?: string): string =>
  brandId === undefined
    ? derivedId(salt, "externalId", externalId)
    : derivedId(salt, "externalId", externalId, brandId);

/** Derives the address of a person's id on a channel. */
export const channelAddress = (salt: string, integrationId: string, externalId: string): string =>
  derivedId(salt, "channel", integrationId, externalId);

/**
 * Derives a fingerprint of the name and photo that a channel sends of a person, which reveals neither without the app's
 * salt.
 */
export const profileFingerprint = (salt: string, { displayName = "", avatarUrl = "" }: ChannelPerson): string =>
  derivedId(salt, "told", displayName, avatarUrl);

/**
 * Derives the address of an email identity from the comparable form of the email. Each brand has its own, like its
 * users.
 */
export const emailAddress = (salt: string, comparableEmail: string, brandId?: string): string =>
  brandId === undefined
    ? derivedId(salt, "email", comparableEmail)
    : derivedId(salt, "email", comparableEmail, brandId);

/** The key of the record that names an email identity's user. */
export const emailKey = (appId: string, address: string): Key => ({ pk: `email#${appId}#${address}`, sk: "email" });

/** The key of the remaining work of a user's deletion, beside the user's vacancy until all is done. */
export const deletionKey = (appId: string, userId: string): Key => ({
  pk: userKey(appId, userId).pk,
  sk: "deletion",
});

/** Derives the id of a user's first conversation from the user's, so that both are read in one call. */
export const firstConversationId = (salt: string, userId: string): string => derivedId(salt, "conversation", userId);

/** Derives the id of a record that a device creates under an idempotency key: a repeated request finds it again. */
export const idOfIdempotencyKey = (salt: string, ...parts: readonly string[]): string =>
  derivedId(salt, "idempotency", ...parts);

/** The key of a link that waits for a message from a channel address, whichever user has that address until then. */
export const pendingLinkKey = (appId: string, address: string): Key => ({ pk: `link#${appId}#${address}`, sk: "link" });

/**
 * Derives the id of the attachment that a channel's message shows, so that its URL is known before there is the file. It
 * is as long as an attachment's id is, since the URL of a public file is all that it takes to read it.
 */
export const attachmentIdOfMessage = (salt: string, messageId: string): string =>
  createHmac("sha256", salt)
    .update(JSON.stringify(["attachment", messageId]))
    .digest("hex")
    .slice(0, 40);

/** Derives the id of a channel's message: a redelivery has the same. */
export const channelMessageId = (salt: string, integrationId: string, messageId: string): string =>
  derivedId(salt, "message", integrationId, messageId);

/**
 * The key of an anonymous device's request, remembered for a while, so that a repeated request finds the user it
 * created.
 */
export const idempotencyRecordKey = (appId: string, birthId: string): Key => ({
  pk: `birth#${appId}#${birthId}`,
  sk: "birth",
});

/** The key of an integration, which webhooks and SDKs name by its id alone. */
export const integrationKey = (integrationId: string): Key => ({
  pk: `integration#${integrationId}`,
  sk: "integration",
});

/** The partition that lists an app's integrations. */
export const appPartition = (appId: string): string => `app#${appId}`;
export const integrationEntryPrefix = "integration#";
export const integrationEntryKey = (appId: string, integrationId: string): Key => ({
  pk: appPartition(appId),
  sk: integrationEntryPrefix + integrationId,
});

/** The key of an app's webhooks, which stand in one item, so that one read finds the receivers of an event. */
export const webhooksKey = (appId: string): Key => ({ pk: `webhooks#${appId}`, sk: "webhooks" });

export const conversationKey = (appId: string, conversationId: string): Key => ({
  pk: `conversation#${appId}#${conversationId}`,
  sk: "conversation",
});

/** Reads the app's id and the conversation's id from the partition key of a conversation or a message. */
export function namesInConversationKey(pk: string): { readonly appId: string; readonly id: string } {
  const [, appId = "", id = ""] = pk.split("#");
  return { appId, id };
}

/** The sort key's prefix of a user's conversations other than the first. */
export const conversationEntryPrefix = "conversation#";
export const conversationEntryKey = (appId: string, userId: string, conversationId: string): Key => ({
  pk: userKey(appId, userId).pk,
  sk: conversationEntryPrefix + conversationId,
});

/**
 * The sort key's prefix of messages, which stand beside their conversation by id; the index orders them by the time
 * they were received.
 */
export const messagePrefix = "message#";
export const messageKey = (appId: string, conversationId: string, messageId: string): Key => ({
  pk: conversationKey(appId, conversationId).pk,
  sk: messagePrefix + messageId,
});

/** The key of an attachment. */
export const attachmentKey = (appId: string, attachmentId: string): Key => ({
  pk: `attachment#${appId}#${attachmentId}`,
  sk: "attachment",
});

/** Reads the app's id and the attachment's id from such a key. */
export const namesInAttachmentKey = (pk: string) => namesInUserKey(pk);

/** The sort key's prefix of a conversation's attachments, which stand beside it and are deleted with it. */
export const attachmentEntryPrefix = "attachment#";
export const attachmentEntryKey = (appId: string, conversationId: string, attachmentId: string): Key => ({
  pk: conversationKey(appId, conversationId).pk,
  sk: attachmentEntryPrefix + attachmentId,
});

/** The key of the one event for which a signature over no content may be used, as long as the signature is valid. */
export const signatureKey = (
  app: { readonly id: string; readonly salt: string },
  ...parts: readonly string[]
): Key => ({
  pk: `signature#${app.id}#${derivedId(app.salt, "signature", ...parts)}`,
  sk: "signature",
});

/** The key of what is known of a webhook's target that failed lately. */
export const webhookStateKey = (appId: string, webhookId: string): Key => ({
  pk: `webhookState#${appId}#${webhookId}`,
  sk: "state",
});

/** Milliseconds of a partition of deliveries: six hours, so that none grows without an end. */
export const deliveryPartitionMilliseconds = 6 * 60 * 60 * 1000;

/**
 * The partition of a webhook's deliveries in the six hours of a time; their ids begin with the time of the event, so
 * that the partition follows from the id, and a list sorted by id is sorted by time.
 */
export const deliveriesPartition = (appId: string, webhookId: string, time: number): string =>
  `deliveries#${appId}#${webhookId}#${Math.floor(time / deliveryPartitionMilliseconds)}`;
export const deliveryKey = (appId: string, webhookId: string, deliveryId: string): Key => ({
  pk: deliveriesPartition(appId, webhookId, timeOfDelivery(deliveryId)),
  sk: deliveryId,
});

/** Number of digits of a delivery's own id that its record is known by. */
export const recordedDigits = 13;

/**
 * Makes the id of a delivery's record: 44 bits of milliseconds of the event's time, then 52 bits of the delivery's own id, so
 * that it is the same whenever the event is queued again.
 */
export const recordIdOfDelivery = (event: { readonly createdAt: string }, id: string): string =>
  Date.parse(event.createdAt).toString(16).padStart(11, "0") + id.slice(0, recordedDigits);

/** Reads the time of the event from a delivery's id, in milliseconds since 1970. */
export const timeOfDelivery = (deliveryId: string): number => Number.parseInt(deliveryId.slice(0, 11), 16);

/** The sort key's prefix of the bodies of deliveries that tell of a user, which are deleted with it. */
export const deliveryBodyPrefix = "delivery#";
export const deliveryBodyKey = (appId: string, userId: string, deliveryId: string): Key => ({
  pk: userKey(appId, userId).pk,
  sk: deliveryBodyPrefix + deliveryId,
});

/** The sort key's prefix of what became of messages on channels, which stands beside their conversation. */
export const sentPrefix = "sent#";
/** The sort key's prefix of what became of one message, at each client that it was for. */
export const sentPrefixOf = (messageId: string): string => `${sentPrefix}${messageId}#`;
export const sentKey = (appId: string, conversationId: string, messageId: string, clientId: string): Key => ({
  pk: conversationKey(appId, conversationId).pk,
  sk: sentPrefixOf(messageId) + clientId,
});

/** Reads the message's id and the client's from such a sort key. */
export function namesInSentKey(sk: string): { readonly messageId: string; readonly clientId: string } {
  const [, messageId = "", clientId = ""] = sk.split("#");
  return { messageId, clientId };
}

/** Derives the address at which a provider's report finds the message that the provider knows by this id. */
export const receiptAddress = (salt: string, integrationId: string, externalId: string): string =>
  derivedId(salt, "receipt", integrationId, externalId);
export const receiptKey = (appId: string, address: string): Key => ({
  pk: `receipt#${appId}#${address}`,
  sk: "receipt",
});

/** The key of what is known of an integration whose provider failed lately. */
export const integrationStateKey = (appId: string, integrationId: string): Key => ({
  pk: `integrationState#${appId}#${integrationId}`,
  sk: "state",
});
