import { device } from "./api.ts";
import type { Client } from "./client.ts";
import { applyAnswer, applyConversation, callAbout, fetchConversations, orDisplayed } from "./conversationCalls.ts";
import { display } from "./display.ts";
import { displayedOf } from "./person.ts";
import type { Conversation, ConversationUpdate } from "./types.ts";
import type { WireConversationAnswer } from "./wire.ts";

/** Lists the conversations fetched so far. */
export function getConversations({ person }: Client): Conversation[] {
  return [...person.conversations];
}

/** Tells whether the server has more conversations than were fetched. */
export function hasMoreConversations({ person }: Client): boolean {
  return person.hasMore;
}

/** Shows the displayed conversation, if there is one. */
export function getDisplayedConversation({ person }: Client): Conversation | null {
  return displayedOf(person);
}

/** Fetches the next ten conversations. */
export async function getMoreConversations(client: Client): Promise<Conversation[]> {
  const { person } = client;
  return person.user ? fetchConversations(client, person, person.conversations.length) : [];
}

/** Fetches a conversation with its messages; without an id, the displayed one. */
export async function getConversationById(client: Client, conversationId?: string): Promise<Conversation> {
  const { person } = client;
  const id = orDisplayed(client, conversationId);
  return applyAnswer(client, person, await callAbout(client, person, id, { method: "GET", path: "" }), id);
}

/** Fetches a conversation and displays it. */
export async function loadConversation(client: Client, id: string): Promise<Conversation> {
  const { person } = client;
  const conversation = await getConversationById(client, id);
  if (person === client.person) display(client, person, conversation.id);
  return conversation;
}

/** Changes a conversation. */
export async function updateConversation(
  client: Client,
  id: string,
  update: ConversationUpdate,
): Promise<Conversation> {
  const { person } = client;
  const body = { client: device(client), ...update };
  const answer = await callAbout(client, person, orDisplayed(client, id), { method: "PUT", path: "", body });
  const { conversation = { _id: id, ...update } } = answer as WireConversationAnswer;
  return applyConversation(client, person, conversation);
}
