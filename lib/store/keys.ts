import { createHmac } from "node:crypto";
import type { ChannelPerson } from "../domain/channel.ts";

/** Every key of the table, on one page. `docs/data.md` says what stands at each and who reads it. */

export interface Key {
  readonly pk: string;
  readonly sk: string;
}

/** The apps of the account share a partition, so that they can be listed in the order of their ids. */
export const appsPartition = "apps";
export const appKey = (appId: string): Key => ({ pk: appsPartition, sk: `app#${appId}` });

/** What the deletion of an app has left to do; listed, so that it is found without the app. */
export const deletedAppsPartition = "deletedApps";
export const deletedAppPrefix = "app#";
export const deletedAppKey = (appId: string): Key => ({
  pk: deletedAppsPartition,
  sk: deletedAppPrefix + appId,
});

/** Reads of which app an item is: the partition key's second part says it, or the item itself where it is found by its id alone. */
export const appIdOfItem = (item: { readonly pk: string; readonly appId?: string }): string | undefined =>
  item.appId ?? item.pk.split("#")[1];

/** An API key is found by its id alone; its owner's item lists it. */
export const apiKeyKey = (keyId: string): Key => ({ pk: `key#${keyId}`, sk: "key" });

/** What stands at a user id: the user, a redirect to another user, or a vacancy left by a deletion. */
export const userKey = (appId: string, userId: string): Key => ({ pk: `user#${appId}#${userId}`, sk: "user" });

/** The names that such a key is made of. */
export function namesInUserKey(pk: string): { readonly appId: string; readonly id: string } {
  const [, appId = "", id = ""] = pk.split("#");
  return { appId, id };
}

/**
 * The id that follows from what identifies somebody: the first 24 hexadecimal characters of HMAC-SHA256 under the app's
 * salt. Equal inputs meet at one address, so that one conditional write creates or finds; and nobody without the salt can
 * tell an id's origin. The parts are joined as JSON, so that no two lists of parts read the same.
 */
function derivedId(salt: string, ...parts: readonly string[]): string {
  return createHmac("sha256", salt).update(JSON.stringify(parts)).digest("hex").slice(0, 24);
}

/** The address of an externalId. Brand-separated users have addresses of their own. */
export const externalIdAddress = (salt: string, externalId: string, brandId?: string): string =>
  brandId === undefined
    ? derivedId(salt, "externalId", externalId)
    : derivedId(salt, "externalId", externalId, brandId);

/** The address of a person's id on a channel. */
export const channelAddress = (salt: string, integrationId: string, externalId: string): string =>
  derivedId(salt, "channel", integrationId, externalId);

/** A mark of the name and photo that a channel tells of a person: nobody without the app's salt can tell whose it is. */
export const toldMark = (salt: string, { displayName = "", avatarUrl = "" }: ChannelPerson): string =>
  derivedId(salt, "told", displayName, avatarUrl);

/** The address of an email identity, in the form in which emails are compared; of each brand apart, like its users. */
export const emailAddress = (salt: string, comparableEmail: string, brandId?: string): string =>
  brandId === undefined
    ? derivedId(salt, "email", comparableEmail)
    : derivedId(salt, "email", comparableEmail, brandId);

/** Says whose an email identity is. */
export const emailKey = (appId: string, address: string): Key => ({ pk: `email#${appId}#${address}`, sk: "email" });

/** What the deletion of a user has left to do; stands beside what is left of the user, until nothing is. */
export const deletionKey = (appId: string, userId: string): Key => ({
  pk: userKey(appId, userId).pk,
  sk: "deletion",
});

/** A user's first conversation has an id that follows from the user's, so that both are read in one call. */
export const firstConversationId = (salt: string, userId: string): string => derivedId(salt, "conversation", userId);

/** The id of what a device asked for under an idempotency key: asked again, it is found again. */
export const idempotentId = (salt: string, ...parts: readonly string[]): string =>
  derivedId(salt, "idempotency", ...parts);

/** What waits for a person to write from a channel address, whoever stands there until then. */
export const linkKey = (appId: string, address: string): Key => ({ pk: `link#${appId}#${address}`, sk: "link" });

/** The id of a channel's message: a redelivery has the same. */
export const channelMessageId = (salt: string, integrationId: string, messageId: string): string =>
  derivedId(salt, "message", integrationId, messageId);

/** The event that a signature served which covers no content, for as long as the signature is taken. */
export const signatureKey = (
  app: { readonly id: string; readonly salt: string },
  ...parts: readonly string[]
): Key => ({
  pk: `signature#${app.id}#${derivedId(app.salt, "signature", ...parts)}`,
  sk: "signature",
});

/** What an anonymous device asked for, remembered for a while, so that a repeated request finds the user it made. */
export const birthKey = (appId: string, birthId: string): Key => ({ pk: `birth#${appId}#${birthId}`, sk: "birth" });

/** An integration is found by its id alone, as webhooks and SDKs name it. */
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

export const conversationKey = (appId: string, conversationId: string): Key => ({
  pk: `conversation#${appId}#${conversationId}`,
  sk: "conversation",
});

/** Lists a user's conversations other than the first. */
export const conversationEntryPrefix = "conversation#";
export const conversationEntryKey = (appId: string, userId: string, conversationId: string): Key => ({
  pk: userKey(appId, userId).pk,
  sk: conversationEntryPrefix + conversationId,
});

/** Messages stand beside their conversation under their id; the index puts them in the order they were received. */
export const messagePrefix = "message#";
export const messageKey = (appId: string, conversationId: string, messageId: string): Key => ({
  pk: conversationKey(appId, conversationId).pk,
  sk: messagePrefix + messageId,
});
