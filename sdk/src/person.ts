import type { Conversation, User } from "./types.ts";
import { fromWireConversation, type WireConversation, type WireMessage } from "./wire.ts";

/**
 * The person that uses this browser, with the data fetched for it. Replaced as a whole by another, so that late answers
 * miss.
 */
export interface Person {
  user?: User;
  /** The token of an anonymous person. */
  sessionToken?: string;
  /** The token of an identified person, from the business, which is kept in memory only. */
  jwt?: string;
  externalId?: string;
  conversations: Conversation[];
  /** Conversations with fetched messages, so that an unknown message is a new one. */
  loaded: Set<string>;
  hasMore: boolean;
  displayedId?: string | undefined;
  /** Seconds between polls, by the server's wish. */
  pollSeconds?: number;
  /** Whether the server no longer knows this person: the session was ended, or the token's user was deleted. */
  over?: boolean;
  /** The delegate's answer to a refused token, while it is awaited. */
  renewing?: Promise<void> | undefined;
}

/** Makes a person that the server does not know yet, with or without a token. */
export function newPerson({ jwt, externalId }: Pick<Person, "jwt" | "externalId"> = {}): Person {
  return {
    ...(jwt && { jwt }),
    ...(externalId && { externalId }),
    conversations: [],
    loaded: new Set(),
    hasMore: false,
  };
}

/** Finds the conversation that the person looks at. */
export function displayedOf({ conversations, displayedId }: Person): Conversation | null {
  return conversations.find(({ id }) => id === displayedId) ?? null;
}

/** Replaces a conversation, or adds it at the end; answers both states. */
export function remember(person: Person, wire: WireConversation, messages: WireMessage[] = []) {
  const before = person.conversations.find(({ id }) => id === wire._id);
  const after = fromWireConversation(wire, messages, before);
  replace(person, before, after);
  return { before, after };
}

/** Replaces a conversation by its next state; without a former one it is added at the end. */
export function replace(person: Person, before: Conversation | undefined, after: Conversation): void {
  person.conversations = before
    ? person.conversations.map((one) => (one === before ? after : one))
    : [...person.conversations, after];
}
