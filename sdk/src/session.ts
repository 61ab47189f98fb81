import { call } from "./api.ts";
import type { Client } from "./client.ts";
import { displayMostRecent, load } from "./display.ts";
import { about, emitAdded } from "./emitChanges.ts";
import { newPerson, type Person, remember } from "./person.ts";
import { isRefusal } from "./SmoochError.ts";
import { fromWireUser, type WireSession } from "./wire.ts";

/** An anonymous user of this browser, with its session token. */
interface Session {
  appUserId: string;
  sessionToken: string;
}

function storedSession({ storage }: Client): Session | undefined {
  const appUserId = storage.get("appUserId");
  const sessionToken = storage.get("sessionToken");
  return appUserId && sessionToken ? { appUserId, sessionToken } : undefined;
}

/** Stores the session of an anonymous user for the next page. */
export function storeSession({ storage }: Client, { appUserId, sessionToken }: Session): void {
  storage.set("appUserId", appUserId);
  storage.set("sessionToken", sessionToken);
}

/** Removes the stored session. */
export function dropStoredSession({ storage }: Client): void {
  storage.remove("appUserId");
  storage.remove("sessionToken");
}

/** Finds this browser's anonymous user, which a login brings along; another tab's is the newer one. */
export function anonymousSession(client: Client): Session | undefined {
  const { jwt, user, sessionToken } = client.person;
  if (jwt) return undefined;
  return storedSession(client) ?? (user && sessionToken ? { appUserId: user.id, sessionToken } : undefined);
}

/** Makes a person the one that uses this page, with the server's data. */
export function become(client: Client, person: Person, session: WireSession = {}): void {
  if (session.appUser) person.user = fromWireUser(session.appUser);
  for (const conversation of session.conversations ?? []) remember(person, conversation);
  person.hasMore = session.conversationsPagination?.hasMore ?? false;
  const { pollInterval } = session.settings?.realtime ?? {};
  if (pollInterval) person.pollSeconds = pollInterval;
  const { displayedId } = client.person;
  client.person = person;
  displayMostRecent(client, person, displayedId);
}

/**
 * Resumes the stored session, if there is one and the server still knows it. For use inside a serialized piece of work.
 */
export async function resume(client: Client): Promise<boolean> {
  const stored = storedSession(client);
  if (!stored) return false;
  const { appUserId, sessionToken } = stored;
  const person: Person = { ...newPerson(), sessionToken, user: fromWireUser({ _id: appUserId }) };
  try {
    const session = await call(client, person, { method: "GET", path: `/appusers/${appUserId}` });
    become(client, person, session as WireSession);
  } catch (error) {
    if (!isRefusal(error, 401, 404)) throw error;
    if (storedSession(client)?.sessionToken === sessionToken) dropStoredSession(client);
    return false;
  }
  await load(client, person);
  return true;
}

/** Adopts another tab's session, which this page does not know yet. For use inside a serialized piece of work. */
export async function adopt(client: Client): Promise<void> {
  if (await resume(client)) emitAllAdded(client);
}

/** Tells the page about all conversations of the person. */
export function emitAllAdded({ person, emit }: Client): void {
  for (const conversation of person.conversations) emitAdded(emit, conversation);
}

/**
 * Ends a person. After an anonymous one another tab's session is adopted, else the next message is that of a new
 * person; the holder of a token keeps it, and is created anew with it.
 */
async function end(client: Client, person: Person): Promise<void> {
  const { emit } = client;
  if (person !== client.person) return;
  if (storedSession(client)?.sessionToken === person.sessionToken) dropStoredSession(client);
  become(client, newPerson(person));
  for (const conversation of person.conversations) emit("conversation:removed", about(conversation));
  if (person.jwt) return;
  emit("session:ended");
  await adopt(client);
}

/** Records that the server no longer knows a person. */
export function ended(client: Client, person: Person): void {
  person.over = true;
  void client.turns.serialize(() => end(client, person)).catch(() => undefined);
}

/** Follows another tab's changes of the stored session, and of the key by which a user is created. */
export function followStorage(client: Client, event: StorageEvent): void {
  const { newValue } = event;
  const { storage, turns } = client;
  if (storage.concerns(event, "pendingKey") && newValue && newValue < client.claim) client.claim = newValue;
  if (!storage.concerns(event, "sessionToken")) return;
  void turns
    .serialize(async () => {
      const { person } = client;
      // Tabs that created one user at once have a session each, and the server accepts both.
      if (person.jwt || storedSession(client)?.appUserId === person.user?.id) return;
      await (person.user ? end(client, person) : adopt(client));
    })
    .catch(() => undefined);
}

/** Repeats `work` once if it found out that the server no longer knows the person: the repetition is a new one's. */
export async function retryAsNewPerson<T>(client: Client, work: () => Promise<T>): Promise<T> {
  const before = client.person;
  try {
    return await work();
  } catch (error) {
    if (!before.over || !isRefusal(error, 401, 403, 404)) throw error;
    // The end of the person comes first in the queue.
    await client.turns.settled();
    return work();
  }
}
