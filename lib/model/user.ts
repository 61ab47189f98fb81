import type { Client, Device } from "./client.ts";
import { type Metadata, type MetadataChange, mergeMetadata } from "./metadata.ts";

export interface Profile {
  readonly givenName?: string;
  readonly surname?: string;
  readonly email?: string;
  readonly avatarUrl?: string;
  readonly locale?: string;
}

/** A change of a profile: `null` clears a field, an absent field stays. */
export type ProfileChange = { readonly [field in keyof Profile]?: string | null };

/** An e-mail address that a trusted party verified; unique among an app's users. */
export interface EmailIdentity {
  readonly type: "email";
  readonly value: string;
  readonly verification: "embed";
}

/** A user, with its small parts (clients, devices) inside. */
export interface User {
  readonly id: string;
  readonly appId: string;
  readonly externalId?: string;
  /** The brand of the user; users of different brands may share an externalId. */
  readonly brandId?: string;
  /** Whether the user ever proved the externalId by a signed token. */
  readonly authenticated: boolean;
  readonly signedUpAt: string;
  readonly toBeRetained?: boolean | undefined;
  readonly profile: Profile;
  readonly metadata: Metadata;
  readonly identities: readonly EmailIdentity[];
  readonly clients: readonly Client[];
  readonly devices: readonly Device[];
  /** The user's first personal conversation, which stays the default. */
  readonly defaultConversationId?: string | undefined;
  /** Whether the user is in conversations beyond the first, which are listed apart. */
  readonly hasMoreConversations?: boolean | undefined;
  /**
   * Unfinished work of a merge or a sign-in in conversations beyond the first; the next request of the user continues.
   */
  readonly pendingMoves?: readonly PendingMove[] | undefined;
  /** The ids of users merged into this one that may have spoken in groups: their messages are this user's. */
  readonly formerIds?: readonly string[] | undefined;
}

/** Unfinished work in a user's conversations. */
export type PendingMove =
  /** Conversations of a user that was merged into this one are still to move here. */
  | { readonly kind: "moveConversations"; readonly fromUserId: string }
  /** The user's conversations are still to show its externalId. */
  | { readonly kind: "showExternalId" };

/**
 * The owner of a channel identity: the user, its client with that identity, and the conversation that the messages
 * join.
 */
export interface IdentityOwner {
  readonly userId: string;
  readonly clientId: string;
  readonly conversationId: string | undefined;
  /**
   * A fingerprint of the profile that the channel last sent; absent if the next message has to compare the client
   * itself.
   */
  readonly profileFingerprint?: string | undefined;
}

/** A user as it was read, with the version on which a change is conditional. */
export interface StoredUser {
  readonly user: User;
  readonly version: string;
  /** The owner of the channel identity at the address of this user, once it belongs to another user. */
  readonly identityOwner?: IdentityOwner | undefined;
}

/** The fields of a user that a caller may give at creation. */
export interface UserFields {
  readonly externalId?: string | undefined;
  readonly brandId?: string | undefined;
  readonly signedUpAt?: string | undefined;
  readonly toBeRetained?: boolean | undefined;
  readonly profile?: ProfileChange | undefined;
  readonly metadata?: Metadata | undefined;
}

/** Makes a new user: anonymous or named, not authenticated, without client, device or conversation. */
export function newUser(appId: string, id: string, now: Date, fields: UserFields = {}): User {
  return {
    id,
    appId,
    ...(fields.externalId === undefined ? {} : { externalId: fields.externalId }),
    ...(fields.brandId === undefined ? {} : { brandId: fields.brandId }),
    authenticated: false,
    signedUpAt: fields.signedUpAt ?? now.toISOString(),
    ...(fields.toBeRetained === undefined ? {} : { toBeRetained: fields.toBeRetained }),
    profile: mergeProfile({}, fields.profile ?? {}),
    metadata: mergeMetadata({}, fields.metadata ?? {}, "User"),
    identities: [],
    clients: [],
    devices: [],
  };
}

/** Merges a change into a profile, field by field. */
export function mergeProfile(current: Profile, change: ProfileChange): Profile {
  return Object.fromEntries(
    Object.entries({ ...current, ...change }).filter(([, value]) => value !== null && value !== undefined),
  );
}

/** The fields of a user that a business may change; an absent one stays. */
export interface UserChange {
  readonly signedUpAt?: string | undefined;
  readonly toBeRetained?: boolean | undefined;
  readonly profile?: ProfileChange | undefined;
  readonly metadata?: MetadataChange | null | undefined;
}

/**
 * Applies a change to a user: profile and metadata merge, `null` clears. The vendor does not document how they merge in
 * version 2; version 1 of the API added to the existing ones. Refuses resulting metadata over the limit.
 */
export function changeUser(user: User, change: UserChange): User {
  return {
    ...user,
    signedUpAt: change.signedUpAt ?? user.signedUpAt,
    toBeRetained: change.toBeRetained ?? user.toBeRetained,
    profile: mergeProfile(user.profile, change.profile ?? {}),
    metadata: change.metadata === null ? {} : mergeMetadata(user.metadata, change.metadata ?? {}, "User"),
  };
}

/**
 * Removes personal information from a user: profile, custom properties, email identities, and descriptions from
 * channels and devices. Ids and messages stay. Source: the vendor's description of DeleteUserPersonalInformation, and
 * its article on email conflicts for the identities.
 */
export function withoutPersonalInformation(user: User): User {
  return {
    ...user,
    profile: {},
    metadata: {},
    identities: [],
    clients: user.clients.map(({ displayName: _, avatarUrl: __, info: ___, raw: ____, ...client }) => client),
    devices: user.devices.map(({ info: _, ...device }) => device),
  };
}

/** Finds the user's client that waits for a message from this id. */
export const awaitingClient = (user: User, integrationId: string, externalId: string): Client | undefined =>
  user.clients.find((client) => client.integrationId === integrationId && client.awaiting?.externalId === externalId);

/** Puts a client into a user, in place of the one with its id. */
export const withClient = (user: User, client: Client): User => ({
  ...user,
  clients: user.clients.some((one) => one.id === client.id)
    ? user.clients.map((one) => (one.id === client.id ? client : one))
    : [...user.clients, client],
});

/** Removes a client from a user. */
export const withoutClient = (user: User, clientId: string): User => ({
  ...user,
  clients: user.clients.filter((client) => client.id !== clientId),
});
