import type { Conversation, User } from "./types.ts";
import { fromWireConversation, type WireConversation, type WireMessage } from "./wire.ts";

/** Who uses this browser, with what was fetched for them. Replaced as a whole when somebody else takes over, so that late answers miss. */
export interface Person {
  user?: User;
  /** An anonymous person proves itself by this token, */
  sessionToken?: string;
  /** an identified one by a token of the business, which is kept in memory only. */
  jwt?: string;
  externalId?: string;
  conversations: Conversation[];
  /** Conversations whose messages were fetched, so that an unknown message is a new one. */
  loaded: Set<string>;
  hasMore: boolean;
  displayedId?: string | undefined;
  /** How often the server wants to be asked for new messages. */
  pollSeconds?: number;
  /** The server knows this person no longer: the session was ended, or the token's user was deleted. */
  over?: boolean;
  /** The delegate's answer to a refused token, while it is awaited. */
  renewing?: Promise<void> | undefined;
}

/** Somebody the server does not know yet, be it with a token. */
export function nobody({ jwt, externalId }: Pick<Person, "jwt" | "externalId"> = {}): Person {
  return {
    ...(jwt && { jwt }),
    ...(externalId && { externalId }),
    conversations: [],
    loaded: new Set(),
    hasMore: false,
  };
}

/** The conversation the person looks at. */
export function displayedOf({ conversations, displayedId }: Person): Conversation | null {
  return conversations.find(({ id }) => id === displayedId) ?? null;
}

/** Puts a conversation in the place of its former state, or at the end; answers both states. */
export function remember(who: Person, wire: WireConversation, messages: WireMessage[] = []) {
  const before = who.conversations.find(({ id }) => id === wire._id);
  const after = fromWireConversation(wire, messages, before);
  replace(who, before, after);
  return { before, after };
}

/** Replaces a conversation by its next state; without a former one it joins at the end. */
export function replace(who: Person, before: Conversation | undefined, after: Conversation): void {
  who.conversations = before
    ? who.conversations.map((one) => (one === before ? after : one))
    : [...who.conversations, after];
}
