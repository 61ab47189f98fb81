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

/** An e-mail address that was verified by someone we trust; unique among an app's users. */
export interface EmailIdentity {
  readonly type: "email";
  readonly value: string;
  readonly verification: "embed";
}

/** A person. Small things that belong to nobody else (clients, devices) live inside. */
export interface User {
  readonly id: string;
  readonly appId: string;
  readonly externalId?: string;
  /** Keeps apart users of different brands who share an externalId. */
  readonly brandId?: string;
  /** Whether the person ever proved the externalId by a signed token. */
  readonly authenticated: boolean;
  readonly signedUpAt: string;
  readonly toBeRetained?: boolean | undefined;
  readonly profile: Profile;
  readonly metadata: Metadata;
  readonly identities: readonly EmailIdentity[];
  readonly clients: readonly Client[];
  readonly devices: readonly Device[];
  /** The person's first personal conversation; it stays the default for good. */
  readonly defaultConversationId?: string | undefined;
  /** Whether the person is in conversations beyond the first, which are listed apart. */
  readonly hasMoreConversations?: boolean | undefined;
  /**
   * Users merged into this one whose conversations are still moving here; whoever meets them moves on. The user's own id,
   * while conversations are still to be told of the externalId.
   */
  readonly absorbing?: readonly string[] | undefined;
  /** The ids of those merged into this one who may have spoken in groups: what they said there is this user's. */
  readonly formerIds?: readonly string[] | undefined;
}

/** Where a channel identity leads: the user, the client that stands for it, and the conversation its messages join. */
export interface ChannelPlace {
  readonly userId: string;
  readonly clientId: string;
  readonly conversationId: string | undefined;
  /** A mark of what the client was last told of the person; gone when the next message is to look at the client itself. */
  readonly told?: string | undefined;
}

/** A user as it was read, and the mark of the write that made it so: a change is conditional on it. */
export interface VersionedUser {
  readonly user: User;
  readonly version: string;
  /** Who has the channel identity at whose address this user was born, since the user gave it up. */
  readonly heir?: ChannelPlace | undefined;
}

/** What a caller may say of a user at creation. */
export interface UserFields {
  readonly externalId?: string | undefined;
  readonly brandId?: string | undefined;
  readonly signedUpAt?: string | undefined;
  readonly toBeRetained?: boolean | undefined;
  readonly profile?: ProfileChange | undefined;
  readonly metadata?: Metadata | undefined;
}

/** A user as it begins: anonymous or named, never authenticated, with no client, device or conversation. */
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

/** What a business may change of a user; what is absent stays. */
export interface UserChange {
  readonly signedUpAt?: string | undefined;
  readonly toBeRetained?: boolean | undefined;
  readonly profile?: ProfileChange | undefined;
  readonly metadata?: MetadataChange | null | undefined;
}

/**
 * The user after a change: profile and metadata merge, `null` clears. How they merge is not documented for version 2;
 * version 1 of the API added to what was there. Refuses metadata whose result is over the limit.
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
 * The user without what tells who it is: profile, custom properties, email identities, and what channels and devices
 * told. Ids stay, and so does what was said in conversations. Source: the vendor's description of
 * DeleteUserPersonalInformation, and its article on email conflicts for the identities.
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

/** The user as the REST API answers it. `hasPaymentInfo` is a constant of the platform's answers. */
export function publicUser(user: User): object {
  return {
    id: user.id,
    authenticated: user.authenticated,
    ...(user.externalId === undefined ? {} : { externalId: user.externalId }),
    ...(user.brandId === undefined ? {} : { brandId: user.brandId }),
    signedUpAt: user.signedUpAt,
    ...(user.toBeRetained === undefined ? {} : { toBeRetained: user.toBeRetained }),
    hasPaymentInfo: false,
    identities: user.identities,
    profile: user.profile,
    metadata: user.metadata,
  };
}
