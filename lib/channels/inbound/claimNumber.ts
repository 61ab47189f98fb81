import { replaceUser } from "../../db/items/userItem.ts";
import { type Conflict, conflict } from "../../db/retryOnConflict.ts";
import type { Runtime } from "../../db/runtime.ts";
import { transact } from "../../db/transact.ts";
import { idsOfClient } from "../../model/client.ts";
import { areOfTwo, hasKinds, numbersOf, withoutIds } from "../../model/values/channelIds.ts";
import { type StoredIdentity, unassignIdentity } from "../../users/channelIdentity.ts";
import { findUserById } from "../../users/findUser.ts";
import { isBeforeNumber, withoutId } from "./channelClient.ts";
import { type ChannelDelivery, cameBefore } from "./channelDelivery.ts";
import { idsOfPerson } from "./channelEvent.ts";

/** A delivery with only those identities that belong to its person. */
interface ClaimedDelivery {
  readonly delivery: ChannelDelivery;
  readonly identities: readonly StoredIdentity[];
}

/**
 * Takes a number from the user that has it, if an event shows it with the user id of another person: a network gave the
 * number away. The user stays reachable by the user id, and the number has no client until the event is decided again:
 * each of the two steps is one write, and an event that comes again after the first takes the second. An event from
 * before the user had the number takes nothing: it is decided as if it did not name the number.
 * @returns `conflict` if the number was taken, or changed since it was read; `repeated` for a message that was stored
 * by an earlier delivery
 */
export async function claimNumber(
  runtime: Pick<Runtime, "db">,
  delivery: ChannelDelivery,
  identities: readonly StoredIdentity[],
): Promise<ClaimedDelivery | "repeated" | Conflict> {
  const { app, integration, event, receivedAt } = delivery;
  const ids = idsOfPerson(event.person);
  if (event.kind === "identityChanged" || !hasKinds(integration.type, ids)) return { delivery, identities };
  const numbers = numbersOf(integration.type, ids);
  const others = identities.filter(({ externalId }) => !numbers.includes(externalId));
  for (const identity of identities) {
    const { owner, externalId } = identity;
    if (!owner || others.includes(identity) || others.some((one) => one.owner?.clientId === owner.clientId)) continue;
    const storedUser = identity.storedUser ?? (await findUserById(runtime, app.id, owner.userId));
    const client = storedUser?.user.clients.find(({ id }) => id === owner.clientId);
    if (!storedUser || !client || !areOfTwo(client.type, idsOfClient(client), ids)) continue;
    if (await cameBefore(runtime, delivery, identities)) return "repeated";
    if (isBeforeNumber(client, event.occurredAt ?? receivedAt)) {
      const person = withoutIds(integration.type, event.person, numbers);
      return { delivery: { ...delivery, event: { ...event, person } }, identities: others };
    }
    await transact(runtime.db, {
      user: replaceUser(withoutId(storedUser.user, client.id, externalId), storedUser),
      identity: unassignIdentity(app, identity, client.id),
    });
    return conflict;
  }
  return { delivery, identities };
}
