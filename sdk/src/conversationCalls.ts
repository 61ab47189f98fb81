import { type Call, call } from "./api.ts";
import type { Client } from "./client.ts";
import { emitChanges } from "./emitChanges.ts";
import { type Person, remember } from "./person.ts";
import { SmoochError } from "./SmoochError.ts";
import type { Conversation } from "./types.ts";
import type { WireConversation, WireConversationAnswer, WireMessage, WireSession } from "./wire.ts";

/** Makes a request about one conversation; its path is appended to the conversation's own. */
export function callAbout(client: Client, person: Person, id: string, { path, ...request }: Call) {
  return call(client, person, { ...request, path: `/conversations/${encodeURIComponent(id)}${path}` });
}

/** Applies a conversation from the server, and tells the page about its changes. */
export function applyConversation(
  client: Client,
  person: Person,
  wire: WireConversation,
  messages?: WireMessage[],
): Conversation {
  const { before, after } = remember(person, wire, messages);
  if (before && person === client.person) emitChanges(client.emit, person, before, after);
  return after;
}

/** Applies an answer that holds a conversation with its messages. */
export function applyAnswer(client: Client, person: Person, answer: unknown, id = ""): Conversation {
  const { conversation = { _id: id }, messages } = answer as WireConversationAnswer;
  const after = applyConversation(client, person, conversation, messages);
  person.loaded.add(after.id);
  return after;
}

/** Fetches the latest messages of a conversation. */
export async function fetchMessages(client: Client, person: Person, id: string): Promise<void> {
  applyAnswer(
    client,
    person,
    await callAbout(client, person, id, { method: "GET", path: "/messages", retry: false }),
    id,
  );
}

/** Fetches ten of the person's conversations, the latest first. */
export async function fetchConversations(client: Client, person: Person, offset: number): Promise<Conversation[]> {
  const path = `/appusers/${person.user?.id}/conversations?offset=${offset}`;
  const { conversations = [], conversationsPagination } = (await call(client, person, {
    method: "GET",
    path,
  })) as WireSession;
  person.hasMore = conversationsPagination?.hasMore ?? false;
  return conversations.map((conversation) => applyConversation(client, person, conversation));
}

/** Answers the given id, else that of the displayed conversation. */
export function orDisplayed({ person }: Client, id: string | undefined): string {
  const chosen = id ?? person.displayedId;
  if (!chosen || !person.user) throw new SmoochError("conversation_not_found", "There is no such conversation.", 404);
  return chosen;
}
