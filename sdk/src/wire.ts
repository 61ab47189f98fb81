import type { RetryPolicy } from "./transport.ts";
import type { Conversation, Message, Metadata, Participant, User, UserUpdate } from "./types.ts";

/**
 * The protocol's objects, under the names of the first API version, and their translation to the SDK's names. Optional
 * throughout: a field that a server leaves out must not break a page.
 */
export interface WireUser {
  _id: string;
  userId?: string;
  signedUpAt?: string | number;
  givenName?: string;
  surname?: string;
  email?: string;
  avatarUrl?: string;
  properties?: Metadata;
  hasPaymentInfo?: boolean;
}

export interface WireParticipant {
  _id: string;
  appUserId: string;
  unreadCount?: number;
  lastRead?: number;
}

export interface WireMessage {
  _id: string;
  role: string;
  type?: string;
  authorId?: string;
  name?: string;
  received?: number;
  actions?: { _id: string; type: string; text: string }[];
  [field: string]: unknown;
}

export interface WireConversation {
  _id: string;
  type?: string;
  isDefault?: boolean;
  displayName?: string | null;
  description?: string | null;
  iconUrl?: string | null;
  metadata?: Metadata | null;
  lastUpdatedAt?: number;
  businessLastRead?: number;
  appMakerLastRead?: number;
  participants?: WireParticipant[];
  messages?: WireMessage[];
}

/** The answer to the configuration request. */
export interface WireConfig {
  config: {
    app: { _id: string; status?: string; settings?: { multiConvoEnabled?: boolean } };
    integration?: { canUserCreateMoreConversations?: boolean };
    baseUrl: { web: string };
    restRetryPolicy?: RetryPolicy;
  };
}

/** The answer to create, login and resume; `appUser` is absent if a login names a user that does not exist yet. */
export interface WireSession {
  appUser?: WireUser;
  sessionToken?: string;
  conversations?: WireConversation[];
  conversationsPagination?: { hasMore?: boolean };
  /** `pollInterval`, in seconds, is this project's own. */
  settings?: { realtime?: { pollInterval?: number } };
}

/** The answer to requests about one conversation. */
export interface WireConversationAnswer {
  conversation?: WireConversation;
  messages?: WireMessage[];
}

/** Reads a user from the wire. */
export function fromWireUser(wire: WireUser): User {
  const { _id, userId, properties, signedUpAt, hasPaymentInfo } = wire;
  return {
    id: _id,
    ...(userId && { externalId: userId }),
    ...(signedUpAt !== undefined && {
      signedUpAt: typeof signedUpAt === "number" ? new Date(signedUpAt * 1000).toISOString() : signedUpAt,
    }),
    ...pick(wire, ["givenName", "surname", "email", "avatarUrl"]),
    metadata: properties ?? {},
    hasPaymentInfo: hasPaymentInfo ?? false,
  };
}

/** Writes a user update for the wire. */
export function toWireUpdate({ metadata, ...rest }: UserUpdate) {
  return {
    ...pick(rest, ["givenName", "surname", "email", "avatarUrl"]),
    ...(metadata && { properties: metadata }),
  };
}

/** Applies an update to a user, as the server is taken to have understood it. */
export function updated(user: User, update: UserUpdate): User {
  return withoutNulls({ ...user, ...update, metadata: withoutNulls({ ...user.metadata, ...update.metadata }) });
}

/** Reads a message from the wire. */
function fromWireMessage({ _id, role, authorId, name, actions, ...rest }: WireMessage): Message {
  return {
    type: "text",
    received: 0,
    ...rest,
    id: _id,
    role: role === "appUser" ? "user" : "business",
    ...(authorId && role === "appUser" && { userId: authorId }),
    ...(name && { displayName: name }),
    ...(actions && { actions: actions.map(({ _id: id, ...action }) => ({ ...action, id })) }),
  };
}

/**
 * Reads a conversation from the wire. Fields that the answer lacks keep their former values; so do messages, which an
 * answer may hold only in part.
 */
export function fromWireConversation(
  wire: WireConversation,
  messages: WireMessage[],
  before: Conversation | undefined,
): Conversation {
  const { businessLastRead = wire.appMakerLastRead } = wire;
  const byId = new Map(before?.messages.map((message) => [message.id, message]));
  for (const message of [...(wire.messages ?? []), ...messages]) byId.set(message._id, fromWireMessage(message));
  return {
    type: "personal",
    ...before,
    ...pick(wire, ["type", "isDefault", "displayName", "description", "iconUrl", "metadata", "lastUpdatedAt"]),
    id: wire._id,
    ...(businessLastRead !== undefined && { businessLastRead }),
    participants: wire.participants?.map(fromWireParticipant) ?? before?.participants ?? [],
    messages: [...byId.values()].sort((a, b) => a.received - b.received),
  };
}

function fromWireParticipant({ _id, appUserId, unreadCount, lastRead }: WireParticipant): Participant {
  return { id: _id, userId: appUserId, unreadCount: unreadCount ?? 0, ...(lastRead !== undefined && { lastRead }) };
}

/** Removes null fields; for objects whose fields may be absent wherever they may be `null`. */
function withoutNulls<T extends object>(from: T): { [K in keyof T]: Exclude<T[K], null> } {
  // Object.fromEntries forgets the type; only fields that may be absent are left out.
  return Object.fromEntries(Object.entries(from).filter(([, value]) => value !== null)) as {
    [K in keyof T]: Exclude<T[K], null>;
  };
}

/** Picks the named fields that are present. */
function pick<T extends object, K extends keyof T>(from: T, keys: K[]): Pick<T, K> {
  // Object.fromEntries forgets the key type; the entries are exactly those of `keys` that `from` has.
  return Object.fromEntries(keys.filter((key) => from[key] !== undefined).map((key) => [key, from[key]])) as Pick<T, K>;
}
