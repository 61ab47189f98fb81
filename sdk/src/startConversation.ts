import { call, device } from "./api.ts";
import type { Client } from "./client.ts";
import { applyAnswer, fetchConversations } from "./conversationCalls.ts";
import { display, displayMostRecent, load } from "./display.ts";
import { emitAdded } from "./emitChanges.ts";
import { displayedOf, type Person } from "./person.ts";
import { randomHex } from "./randomHex.ts";
import { isRefusal } from "./SmoochError.ts";
import { retryAsNewPerson } from "./session.ts";
import type { Conversation, ConversationOptions } from "./types.ts";
import { adoptOrClaim, createUser, type Intent } from "./user.ts";

/** Creates a conversation; concurrent calls with the same options share it. */
export function createConversation(client: Client, options: ConversationOptions = {}): Promise<Conversation> {
  const { creating } = client;
  const key = JSON.stringify(options);
  let shared = creating.get(key);
  if (!shared) {
    const work = () => startConversation(client, "conversation:start", options);
    shared = retryAsNewPerson(client, work).finally(() => creating.delete(key));
    creating.set(key, shared);
  }
  return shared;
}

/**
 * Starts a conversation, one call after another, so that concurrent calls create one user, in all tabs, and each sees
 * the result of the one before it.
 */
export function startConversation(client: Client, intent: Intent, options: ConversationOptions): Promise<Conversation> {
  return client.turns.serializeAcrossTabs(async () => {
    await adoptOrClaim(client);
    return (await startAsNewUser(client, intent, options)) ?? startAsUser(client, intent, options);
  });
}

async function startAsNewUser(
  client: Client,
  intent: Intent,
  options: ConversationOptions,
): Promise<Conversation | undefined> {
  if (client.person.user) return undefined;
  await createUser(client, intent, options);
  const created = displayedOf(client.person);
  return created ? withAllMessages(client, created, options) : undefined;
}

/**
 * Completes a new user's conversation with all its messages: the answer holds only the latest one, and the conversation
 * may be older than this request.
 */
async function withAllMessages(
  client: Client,
  created: Conversation,
  { messages = [] }: ConversationOptions,
): Promise<Conversation> {
  const { person } = client;
  if (created.messages.length === messages.length) person.loaded.add(created.id);
  else await load(client, person);
  return displayedOf(person) ?? created;
}

async function startAsUser(client: Client, intent: Intent, options: ConversationOptions): Promise<Conversation> {
  const { person } = client;
  const hasOptions = Object.keys(options).length > 0;
  const another = intent === "conversation:start" && (hasOptions || mayStartSeveral(client));
  const current = another ? null : await existing(client, person);
  if (current) return current;
  try {
    const answer = await call(client, person, {
      method: "POST",
      path: `/appusers/${person.user?.id}/conversations`,
      body: { client: device(client), intent, type: "personal", ...options },
      idempotencyKey: randomHex(),
    });
    const added = applyAnswer(client, person, answer);
    display(client, person, added.id);
    emitAdded(client.emit, added);
    return added;
  } catch (error) {
    // There is one already, which another device may have started just now.
    const startedElsewhere = isRefusal(error, 403) ? await existing(client, person) : null;
    if (!startedElsewhere || hasOptions) throw error;
    return startedElsewhere;
  }
}

/** Tells whether the app lets a person have more than one conversation. */
function mayStartSeveral({ config }: Client): boolean {
  return Boolean(config.app.settings?.multiConvoEnabled && config.integration?.canUserCreateMoreConversations);
}

/** Finds the conversation to continue, and displays it; if this page has none, one that was started elsewhere. */
async function existing(client: Client, person: Person): Promise<Conversation | null> {
  const displayed = displayedOf(person);
  if (displayed) return displayed;
  const found = person.conversations.length > 0 ? [] : await fetchConversations(client, person, 0);
  displayMostRecent(client, person);
  for (const conversation of found) emitAdded(client.emit, conversation);
  await load(client, person);
  return displayedOf(person);
}
