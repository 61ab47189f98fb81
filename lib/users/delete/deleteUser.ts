import { moveMergedMessages } from "../../conversations/moveMergedMessages.ts";
import { missing } from "../../db/expression.ts";
import { readConversation } from "../../db/items/conversationItem.ts";
import { type Deletion, deletionItem, isDone } from "../../db/items/deletionItem.ts";
import { freeEmails } from "../../db/items/emailItem.ts";
import { deletedUserItem, isUnchanged } from "../../db/items/userItem.ts";
import { channelAddress, conversationKey, externalIdAddress } from "../../db/keys.ts";
import { type Conflict, conflict, retryOnConflict } from "../../db/retryOnConflict.ts";
import type { Runtime } from "../../db/runtime.ts";
import { type Failure, type Operation, transact, transactionLimit } from "../../db/transact.ts";
import type { App } from "../../model/app.ts";
import { idPattern } from "../../model/id.ts";
import type { StoredUser, User } from "../../model/user.ts";
import { removePendingLink } from "../channelIdentity.ts";
import { findUserByIdOrExternalId, readAddress } from "../findUser.ts";
import { finishPendingMoves } from "../merge/finishPendingMoves.ts";
import { finishDeletion, resumeDeletion } from "./finishDeletion.ts";
import { isHeldFor, releaseHeldIdentity, releaseIdentity } from "./releaseIdentity.ts";

type Deleting = Pick<Runtime, "db">;

/**
 * Deletes the user of a path, with clients, conversations and messages. The user is gone at once, and the externalId
 * and channel identities are free for a new one; unbounded data follows. A repeated call finishes one that was
 * interrupted, and so does the next creation at one of the addresses.
 * @returns `false` if there is no such user, and nothing left of one
 */
export async function deleteUser(runtime: Deleting, app: App, name: string, brandId?: string): Promise<boolean> {
  const deletion = await retryOnConflict(async () => {
    const storedUser = await findUserByIdOrExternalId(runtime, app, name, brandId);
    if (storedUser === undefined) return undefined;
    if (storedUser.user.pendingMoves?.length) {
      await finishPendingMoves(runtime, app, storedUser);
      return conflict;
    }
    return commitDeletion(runtime, app, storedUser);
  });
  if (deletion === undefined) return resumeDeletionOf(runtime, app, name, brandId);
  if (!isDone(deletion)) await finishDeletion(runtime, deletion);
  return true;
}

/** Continues the deletion of a user that is not found any more, by its id or the vacancy at its externalId. */
async function resumeDeletionOf(runtime: Deleting, app: App, name: string, brandId?: string): Promise<boolean> {
  const record = await readAddress(runtime, app.id, externalIdAddress(app.salt, name, brandId));
  const deleted = [
    ...(record?.kind === "vacancy" && record.of !== undefined ? [record.of] : []),
    ...(idPattern.test(name) ? [name] : []),
  ];
  const finished = await Promise.all(deleted.map((userId) => resumeDeletion(runtime, app.id, userId)));
  return finished.includes(true);
}

/** The addresses and links that the refusals of earlier attempts showed not to be the user's. */
interface Refusals {
  /** Addresses that redirect to another user. */
  readonly foreign: ReadonlySet<string>;
  /** Addresses of other users with items that name this user as the owner of the channel identity. */
  readonly heldByOthers: ReadonlySet<string>;
  /** Addresses of pending links that are another user's. */
  readonly foreignLinks: ReadonlySet<string>;
}

/** The address of a channel identity for which a client of the user waits. */
interface PendingAddress {
  readonly address: string;
  readonly clientId: string;
}

/** The writes of the transaction that deletes a user, and the remaining work. */
interface DeletionPlan {
  readonly user: Operation;
  readonly conversation: Operation | undefined;
  readonly emails: readonly Operation[];
  /** The addresses of the user's pending links. */
  readonly links: readonly PendingAddress[];
  /** The addresses that are released at once. */
  readonly addresses: readonly string[];
  readonly left: Deletion;
}

/**
 * Commits a deletion: one transaction after which no request finds the user, by any id, on any channel, by email or in
 * the default conversation, and which records the remaining work. An address is released only if it points to this
 * user: nothing is read to find out, since the refusal shows which ones are another user's.
 * @returns the remaining work, or `conflict` if the user changed since it was read
 */
async function commitDeletion(runtime: Deleting, app: App, storedUser: StoredUser): Promise<Deletion | Conflict> {
  let refusals: Refusals = { foreign: new Set(), heldByOthers: new Set(), foreignLinks: new Set() };
  const outcome = await retryOnConflict(async () => {
    const plan = planDeletion(app, storedUser, refusals);
    const { user, conversation, emails, links, addresses, left } = plan;
    const written = await transact(runtime.db, {
      user,
      conversation,
      emails,
      links: links.map(({ address, clientId }) => removePendingLink(app, address, { userId: left.userId, clientId })),
      addresses: addresses.map((address) =>
        (refusals.heldByOthers.has(address) ? releaseHeldIdentity : releaseIdentity)(app.id, address, left.userId),
      ),
      deletion: isDone(left) ? undefined : { put: deletionItem(left) },
    });
    if (written.done) return left;
    if (written.failed.user) return "user changed";
    const merging = written.failed.conversation?.existing;
    if (merging) await moveMergedMessages(runtime, readConversation(merging));
    refusals = addRefusals(refusals, plan, written.failed);
    return conflict;
  });
  return outcome === "user changed" ? conflict : outcome;
}

function planDeletion(app: App, storedUser: StoredUser, { foreign, foreignLinks }: Refusals): DeletionPlan {
  const { user, identityOwner } = storedUser;
  const conversationId = user.defaultConversationId;
  const conversation: Operation | undefined =
    conversationId === undefined
      ? undefined
      : // Requires that no other conversations are still merging into it; there may be no conversation at all.
        { delete: conversationKey(app.id, conversationId), condition: missing("absorbing") };
  const emails = freeEmails(app, user);
  const links = pendingAddressesOf(app, user).filter(({ address }) => !foreignLinks.has(address));
  const addresses = addressesOf(app, user).filter((address) => !foreign.has(address));
  const others = 1 + (conversation ? 1 : 0) + emails.length + links.length;
  // One more operation records the remaining work.
  const room = transactionLimit - others - 1;
  return {
    user: {
      // A channel identity that the user lost may belong to another user, who keeps it.
      put: deletedUserItem(user, identityOwner),
      condition: isUnchanged(storedUser),
    },
    conversation,
    emails,
    links,
    addresses: addresses.slice(0, room),
    left: {
      appId: app.id,
      userId: user.id,
      conversationId,
      hasMoreConversations: user.hasMoreConversations === true,
      formerIds: user.formerIds,
      addresses: addresses.slice(room),
    },
  };
}

/** Adds the addresses and links that the refusal of a plan showed. */
function addRefusals(
  { foreign, heldByOthers, foreignLinks }: Refusals,
  { addresses, links, left }: DeletionPlan,
  failed: { readonly links?: readonly (Failure | undefined)[]; readonly addresses?: readonly (Failure | undefined)[] },
): Refusals {
  const refused = addresses.flatMap((address, index) => {
    const failure = failed.addresses?.[index];
    return failure ? [{ address, isHeld: isHeldFor(failure.existing, left.userId) && !heldByOthers.has(address) }] : [];
  });
  const named = (isHeld: boolean) => refused.filter((one) => one.isHeld === isHeld).map(({ address }) => address);
  const refusedLinks = links.filter((_, index) => failed.links?.[index] !== undefined);
  return {
    foreign: new Set([...foreign, ...named(false)]),
    heldByOthers: new Set([...heldByOthers, ...named(true)]),
    foreignLinks: new Set([...foreignLinks, ...refusedLinks.map(({ address }) => address)]),
  };
}

const pendingAddressesOf = (app: App, user: User): readonly PendingAddress[] =>
  user.clients.flatMap(({ id, integrationId, awaiting }) =>
    awaiting === undefined || integrationId === undefined
      ? []
      : [{ address: channelAddress(app.salt, integrationId, awaiting.externalId), clientId: id }],
  );

/** Lists every address that may point to a user, except the user's own. */
function addressesOf(app: App, user: User): readonly string[] {
  const addresses = new Set<string>();
  if (user.externalId !== undefined) addresses.add(externalIdAddress(app.salt, user.externalId, user.brandId));
  for (const { integrationId, externalId, aliases = [] } of user.clients)
    if (integrationId !== undefined && externalId !== undefined)
      for (const id of [externalId, ...aliases]) addresses.add(channelAddress(app.salt, integrationId, id));
  addresses.delete(user.id);
  return [...addresses];
}
