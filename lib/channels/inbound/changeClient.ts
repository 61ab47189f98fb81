import { replaceUser } from "../../db/items/userItem.ts";
import { type Conflict, conflict } from "../../db/retryOnConflict.ts";
import type { Runtime } from "../../db/runtime.ts";
import { transact } from "../../db/transact.ts";
import type { ChannelEvent } from "../../model/channel.ts";
import type { IdentityOwner, StoredUser } from "../../model/user.ts";
import {
  assignIdentity,
  finishDeletionsAt,
  readIdentities,
  type StoredIdentity,
  unassignIdentity,
} from "../../users/channelIdentity.ts";
import { findUserById } from "../../users/findUser.ts";
import { commitClientRemoval } from "../../users/removeClient.ts";
import { replaceStoredUser } from "../../users/updateUser.ts";
import { renamedOnChannel, withClientStatus } from "./channelClient.ts";
import type { ChannelDelivery } from "./channelDelivery.ts";
import { idsOfPerson } from "./channelEvent.ts";
import { mergeOwners } from "./mergeOwners.ts";

type Receiving = Pick<Runtime, "db">;

/** The result of an event about a client. */
type Changed = "updated" | "repeated" | "ignored";

/** The client of an event, and its user. */
interface ChangedClient {
  readonly owner: IdentityOwner;
  readonly storedUser: StoredUser;
}

type Renaming = ChannelDelivery & { readonly event: { readonly kind: "identityChanged" } };

/**
 * Changes a person's client as the channel reports: it is blocked, unblocked, or has other ids. Answers `conflict` if
 * anything changed since it was read.
 */
export async function changeClient(
  runtime: Receiving,
  delivery: ChannelDelivery,
  identities: readonly StoredIdentity[],
): Promise<Changed | Conflict> {
  const { app, event, receivedAt } = delivery;
  const first = identities.find(({ owner }) => owner);
  if (!first?.owner) return "ignored";
  const storedUser = first.storedUser ?? (await findUserById(runtime, app.id, first.owner.userId));
  if (!storedUser) return "ignored";
  const changed = { owner: first.owner, storedUser };
  if (event.kind === "identityChanged") return renameClient(runtime, { ...delivery, event }, identities, changed);
  const status = event.kind === "blocked" ? "blocked" : "active";
  const user = withClientStatus(storedUser.user, first.owner.clientId, status, event.occurredAt ?? receivedAt);
  if (user === storedUser.user) return "repeated";
  // At an address that redirects, the next message must compare the client again, since it may unblock it.
  const resets = identities.flatMap((identity) =>
    identity.owner && !identity.storedUser
      ? assignIdentity(app, identity, { ...identity.owner, profileFingerprint: undefined })
      : [],
  );
  if (resets.length === 0)
    return (await replaceStoredUser(runtime, user, storedUser)) === conflict ? conflict : "updated";
  const written = await transact(runtime.db, { user: replaceUser(user, storedUser), resets });
  return written.done ? "updated" : conflict;
}

/** Gives a client other ids; its former ones are unassigned. */
async function renameClient(
  runtime: Receiving,
  delivery: ChannelDelivery & { readonly event: Extract<ChannelEvent, { kind: "identityChanged" }> },
  identities: readonly StoredIdentity[],
  { owner, storedUser }: ChangedClient,
): Promise<Changed | Conflict> {
  const { app, integration, event, receivedAt } = delivery;
  const at = event.occurredAt ?? receivedAt;
  // The event is older than the id that this client has: it was about another person with this number before.
  if (renamedAt(storedUser, owner.clientId) > at.toISOString()) return "repeated";
  const old = idsOfPerson(event.person).filter((id) => !event.to.includes(id));
  const incoming = await readIdentities(runtime, app, integration, event.to);
  const taken = incoming.find((identity) => identity.owner && identity.owner.clientId !== owner.clientId);
  if (taken?.owner) return joinClients(runtime, delivery, { owner, storedUser }, { ...taken, owner: taken.owner });
  await finishDeletionsAt(runtime, app, incoming);
  const user = renamedOnChannel(storedUser.user, owner.clientId, { old, to: event.to, at });
  const written = await transact(runtime.db, {
    user: replaceUser(user, storedUser),
    assigned: incoming
      .filter((identity) => identity.owner === undefined)
      .flatMap((identity) => assignIdentity(app, identity, { ...owner, userId: user.id })),
    unassigned: identities
      .filter((identity) => old.includes(identity.externalId))
      .flatMap((identity) => unassignIdentity(app, identity, owner.clientId)),
  });
  return written.done ? "updated" : conflict;
}

const renamedAt = ({ user }: StoredUser, clientId: string): string =>
  user.clients.find((one) => one.id === clientId)?.renamedAt ?? "";

/**
 * Joins two clients: a message came from the new id before the channel reported it, so both are one person's. The old
 * ids are then read and decided on again.
 */
async function joinClients(
  runtime: Receiving,
  delivery: Renaming,
  { owner, storedUser }: ChangedClient,
  taken: StoredIdentity & { readonly owner: IdentityOwner },
): Promise<Changed | Conflict> {
  const { app, event, receivedAt } = delivery;
  const at = event.occurredAt ?? receivedAt;
  const isOwn = taken.owner.userId === storedUser.user.id;
  const other = isOwn ? storedUser : (taken.storedUser ?? (await findUserById(runtime, app.id, taken.owner.userId)));
  // Unless the other client has the id by this very event, and the old id is another person's now.
  if (other && renamedAt(other, taken.owner.clientId) >= at.toISOString()) return "repeated";
  if (!isOwn) {
    const merged = await mergeOwners(runtime, delivery, { owner, storedUser }, taken);
    return merged === "distinct" ? "ignored" : conflict;
  }
  const [client, successor] = [owner, taken.owner].map(({ clientId }) =>
    storedUser.user.clients.find((one) => one.id === clientId),
  );
  if (client && successor) await commitClientRemoval(runtime, app, { storedUser, client, successor });
  return conflict;
}
