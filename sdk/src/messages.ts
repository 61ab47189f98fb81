import { device } from "./api.ts";
import type { Client } from "./client.ts";
import { applyConversation, callAbout, orDisplayed } from "./conversationCalls.ts";
import { about, emitChanges } from "./emitChanges.ts";
import { type Person, replace } from "./person.ts";
import { randomHex } from "./randomHex.ts";
import { SmoochError } from "./SmoochError.ts";
import { retryAsNewPerson } from "./session.ts";
import { startConversation } from "./startConversation.ts";
import type { Message, OutgoingMessage } from "./types.ts";
import type { WireConversationAnswer } from "./wire.ts";

/** Sends messages in the order of the calls. */
export function sendMessage(
  client: Client,
  content: string | OutgoingMessage,
  conversationId?: string,
): Promise<Message> {
  const message = typeof content === "string" ? { type: "text", text: content } : content;
  const work = () => deliver(client, message, conversationId);
  const sent = client.sending.then(() => (conversationId ? work() : retryAsNewPerson(client, work)));
  client.sending = sent.catch(() => undefined);
  return sent;
}

async function deliver(client: Client, message: OutgoingMessage, conversationId: string | undefined): Promise<Message> {
  const id = conversationId ?? client.person.displayedId ?? (await startConversation(client, "message:appUser", {})).id;
  const { person } = client;
  const changed = client.delegate().beforeSend?.({ ...message }, about({ id })) ?? message;
  const answer = await callAbout(client, person, orDisplayed(client, id), {
    method: "POST",
    path: "/messages",
    body: { message: { ...changed, role: "appUser" }, author: author(client, person) },
    idempotencyKey: randomHex(),
  });
  const { conversation = { _id: id }, messages = [] } = answer as WireConversationAnswer;
  const ids = new Set(messages.map(({ _id }) => _id));
  const sent = applyConversation(client, person, conversation, messages).messages.find((one) => ids.has(one.id));
  if (!sent) throw new SmoochError("unhandled_error", "The server answered no message.");
  return sent;
}

/** Presses a button of type `postback`. */
export async function triggerPostback(client: Client, actionId: string, conversationId?: string): Promise<void> {
  const { person } = client;
  const id = orDisplayed(client, conversationId);
  const postback = client.delegate().beforePostbackSend?.({ actionId }, about({ id })) ?? { actionId };
  const body = { postback, author: author(client, person) };
  await callAbout(client, person, id, { method: "POST", path: "/postback", body });
}

/** Tells the server and the page that the person has read a conversation. */
export async function markAllAsRead(client: Client, conversationId?: string): Promise<void> {
  const { person, emit } = client;
  const id = orDisplayed(client, conversationId);
  await postActivity(client, "conversation:read", id, true);
  const before = person.conversations.find((one) => one.id === id);
  const userId = person.user?.id;
  if (!before || !userId || person !== client.person) return;
  const lastRead = Date.now() / 1000;
  const participants = before.participants.map((one) =>
    one.userId === userId ? { ...one, unreadCount: 0, lastRead } : one,
  );
  const after = { ...before, participants };
  replace(person, before, after);
  emitChanges(emit, person, before, after);
  emit("conversation:read", { role: "user", userId, lastRead }, about({ id }));
}

/** Tells the server that the person types. */
export async function startTyping(client: Client, id?: string): Promise<void> {
  await client.typing.start(orDisplayed(client, id));
}

/** Tells the server that the person no longer types. */
export async function stopTyping(client: Client, id?: string): Promise<void> {
  await client.typing.stop(orDisplayed(client, id));
}

/** Tells the server of an activity of the person in a conversation. */
export async function postActivity(client: Client, type: string, id: string, retry: boolean): Promise<void> {
  const { person } = client;
  const body = { activity: { type }, author: author(client, person) };
  await callAbout(client, person, id, { method: "POST", path: "/activity", body, retry });
}

function author(client: Client, person: Person) {
  return { role: "appUser", appUserId: person.user?.id, client: device(client) };
}
