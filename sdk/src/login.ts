import { call, clientId, device } from "./api.ts";
import type { Client } from "./client.ts";
import { load } from "./display.ts";
import { newPerson } from "./person.ts";
import { isRefusal, SmoochError } from "./SmoochError.ts";
import { anonymousSession, become, dropStoredSession } from "./session.ts";
import { sendPending } from "./user.ts";
import type { WireSession } from "./wire.ts";

/** Signs a person in with a token of the business; an anonymous user of this browser is brought along. */
export async function login(client: Client, externalId: string, jwt: string): Promise<void> {
  if (typeof externalId !== "string" || !externalId) {
    throw new SmoochError("invalid_argument", "login needs an externalId; to become anonymous again, call logout.");
  }
  if (typeof jwt !== "string" || !jwt) throw new SmoochError("invalid_argument", "login needs a jwt.");
  await client.turns.serializeAcrossTabs(async () => {
    const { person: before, options, storage } = client;
    if (before.user && before.externalId === externalId && before.jwt === jwt) return;
    const person = newPerson({ externalId, jwt });
    const session = await call(client, person, {
      method: "POST",
      path: "/login",
      body: {
        integrationId: options.integrationId,
        userId: externalId,
        ...anonymousSession(client),
        ...(options.locale && { locale: options.locale }),
        client: device(client),
      },
    });
    dropStoredSession(client);
    storage.remove("pendingKey");
    // Older servers answer nothing if no user has this externalId yet; the first conversation then creates the user.
    become(client, person, (session ?? {}) as WireSession);
    await load(client, person);
    await sendPending(client);
  });
}

/** Signs the person out; the next conversation is that of a new anonymous user. */
export function logout(client: Client): Promise<void> {
  return client.turns.serializeAcrossTabs(async () => {
    const { person, options } = client;
    if (!person.jwt) return;
    client.pending = {};
    become(client, newPerson());
    if (!person.user) return;
    await call(client, person, {
      method: "POST",
      path: `/appusers/${person.user.id}/logout`,
      body: { client: { id: clientId(client), integrationId: options.integrationId } },
      renew: false,
    }).catch((error: unknown) => {
      // An invalid token or a deleted user has nothing left to log out.
      if (!isRefusal(error, 401, 404)) throw error;
    });
  });
}
