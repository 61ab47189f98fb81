import { call, device } from "./api.ts";
import type { Client } from "./client.ts";
import { newPerson } from "./person.ts";
import { randomHex } from "./randomHex.ts";
import { isRefusal } from "./SmoochError.ts";
import { adopt, become, emitAllAdded, storeSession } from "./session.ts";
import type { ConversationOptions, User, UserUpdate } from "./types.ts";
import { fromWireUser, toWireUpdate, updated, type WireSession } from "./wire.ts";

/** The reason why a user is created: a conversation, or a first message. */
export type Intent = "conversation:start" | "message:appUser";

/** Shows the user of this page, if there is one. */
export function getUser({ person }: Client): User | undefined {
  return person.user;
}

/** Changes the user, or keeps the change until there is one. */
export async function updateUser(client: Client, update: UserUpdate): Promise<User | undefined> {
  const whole = joined(client.pending, update);
  const { person } = client;
  if (!person.user) {
    client.pending = whole;
    return undefined;
  }
  client.pending = {};
  const path = `/appusers/${person.user.id}`;
  const answer = await call(client, person, { method: "PUT", path, body: toWireUpdate(whole) });
  const { appUser } = (answer ?? {}) as WireSession;
  person.user = appUser ? fromWireUser(appUser) : updated(person.user, whole);
  return person.user;
}

/**
 * Sends the update that `updateUser` got while there was no user, or could not send. The person stays, even if this
 * fails or is refused.
 */
export async function sendPending(client: Client): Promise<void> {
  const update = client.pending;
  if (!client.person.user || Object.keys(update).length === 0) return;
  await updateUser(client, {}).catch((error: unknown) => {
    if (!isUnusable(error)) client.pending = joined(update, client.pending);
  });
}

/**
 * Adopts another tab's session if this page has no user, else makes tabs that create at once create one user. For use
 * inside a serialized piece of work.
 */
export async function adoptOrClaim(client: Client): Promise<void> {
  const { person, storage, turns } = client;
  if (person.user || person.jwt) return;
  await adopt(client);
  if (client.person.user || storage.get("pendingKey")) return;
  // A key begins with the time of its creation: of those that tabs write at once, the oldest is used by all.
  client.claim = Date.now().toString(16) + randomHex().slice(11);
  storage.set("pendingKey", client.claim);
  await turns.writesSeen();
  // A tab that was done by now has left its session.
  await adopt(client);
  if (!client.person.user) storage.set("pendingKey", client.claim);
  client.claim = "";
}

/** Creates the user with its first conversation, in one request. For use inside a serialized piece of work. */
export async function createUser(client: Client, intent: Intent, conversation: ConversationOptions): Promise<void> {
  const { storage, options } = client;
  const { jwt, externalId } = client.person;
  const person = newPerson(client.person);
  // Kept until a user was created with it, so that a repetition after a lost answer, even after a reload, finds the
  // same user.
  const idempotencyKey = (!jwt && storage.get("pendingKey")) || randomHex();
  const update = client.pending;
  client.pending = {};
  const create = (properties: UserUpdate) =>
    call(client, person, {
      method: "POST",
      path: "/appusers",
      body: {
        ...toWireUpdate(properties),
        ...(options.locale && { locale: options.locale }),
        ...(externalId && { userId: externalId }),
        client: device(client),
        intent,
        conversation: { type: "personal", ...conversation },
      },
      idempotencyKey,
    });
  const answer = await create(update)
    // A refused value would be refused each time, and no conversation could ever start.
    .catch((error: unknown) => {
      if (!isUnusable(error) || Object.keys(update).length === 0) throw error;
      return create({});
    })
    .catch((error: unknown) => {
      client.pending = joined(update, client.pending);
      throw error;
    });
  const session = answer as WireSession;
  const { appUser, sessionToken } = session;
  if (!jwt && appUser && sessionToken) {
    person.sessionToken = sessionToken;
    storeSession(client, { appUserId: appUser._id, sessionToken });
  }
  storage.remove("pendingKey");
  become(client, person, session);
  emitAllAdded(client);
  await sendPending(client);
}

/** Tells whether the server refused the values themselves, from any person and at any time. */
function isUnusable(error: unknown): boolean {
  return isRefusal(error, 400, 413);
}

/** Joins two updates; metadata is joined key by key. */
function joined(first: UserUpdate, second: UserUpdate): UserUpdate {
  const metadata = { ...first.metadata, ...second.metadata };
  return { ...first, ...second, ...(Object.keys(metadata).length > 0 && { metadata }) };
}
