import type { App } from "../domain/app.ts";
import { idPattern } from "../domain/id.ts";
import { type User, type VersionedUser, withoutPersonalInformation } from "../domain/user.ts";
import { absorbAll } from "./absorbing.ts";
import { stopWaiting } from "./channelAddresses.ts";
import { clearMessages } from "./clearMessages.ts";
import { readConversation } from "./conversationItem.ts";
import { type Deletion, deletionItem, isDone } from "./deletionItem.ts";
import { freeEmails } from "./emailItem.ts";
import { finishDeletion, resumeDeletion } from "./finishDeletion.ts";
import { channelAddress, conversationKey, externalIdAddress } from "./keys.ts";
import type { MergeStore } from "./merges.ts";
import { type Expression, type Operation, type Table, transactionLimit } from "./table.ts";
import { redirectItem, replaceUser, unchanged, vacancyItem } from "./userItem.ts";
import type { UserStore } from "./users.ts";
import { isHeir, vacateAddress, vacateHeir } from "./vacate.ts";

/** A conversation that others are not still merging into, or none at all. */
const settled: Expression = { text: "attribute_not_exists(absorbing)" };

/** How people are forgotten: deleted whole, or rid of what tells who they are. */
export function erasureStore(table: Table, users: UserStore, merges: MergeStore) {
  /**
   * The moment of a deletion: one transaction after which nobody finds the person, by any id, on any channel, by email or
   * in the default conversation, and which writes down what is left to do. An address is given up only if it leads to
   * this user: nothing is read to find out, what another holds is learnt from the refusal.
   *
   * @returns what is left to do, or `undefined` when the user changed since it was read
   */
  const vanish = async (app: App, known: VersionedUser): Promise<Deletion | undefined> => {
    const { user, heir } = known;
    const conversationId = user.defaultConversationId;
    const foreign = new Set<string>();
    const inherited = new Set<string>();
    let links = stopAwaiting(app, user);
    for (;;) {
      const fixed: readonly Operation[] = [
        {
          // A channel identity that the user gave up may have passed to another, who keeps it.
          put: heir === undefined ? vacancyItem(app.id, user.id, user.id) : redirectItem(app.id, user.id, heir),
          condition: unchanged(known),
        },
        ...(conversationId === undefined
          ? []
          : [{ delete: conversationKey(app.id, conversationId), condition: settled }]),
        ...freeEmails(app, user),
        ...links,
      ];
      const addresses = addressesOf(app, user).filter((address) => !foreign.has(address));
      const room = transactionLimit - fixed.length - 1;
      const now = addresses.slice(0, room);
      const left: Deletion = {
        appId: app.id,
        userId: user.id,
        conversationId,
        hasMoreConversations: user.hasMoreConversations === true,
        formerIds: user.formerIds,
        addresses: addresses.slice(room),
      };
      const written = await table.transact([
        ...fixed,
        ...now.map((address) => (inherited.has(address) ? vacateHeir : vacateAddress)(app.id, address, user.id)),
        ...(isDone(left) ? [] : [{ put: deletionItem(left) }]),
      ]);
      if (written.done) return left;
      if (written.failed[0]) return undefined;
      const conversation = conversationId === undefined ? undefined : written.failed[1] || undefined;
      if (conversation?.standing) await absorbAll(table, readConversation(conversation.standing));
      const linksAt = fixed.length - links.length;
      links = links.filter((_, index) => !written.failed[linksAt + index]);
      for (const [index, address] of now.entries()) {
        const failed = written.failed[fixed.length + index];
        if (!failed) continue;
        if (isHeir(failed.standing, user.id) && !inherited.has(address)) inherited.add(address);
        else foreign.add(address);
      }
    }
  };

  return {
    /**
     * Deletes the user whom a path names, with clients, conversations and messages. The person is gone at once, and the
     * externalId and channel identities are free for somebody new; what is unbounded follows. Interrupted, a repeated
     * call finishes it, and so does the next birth at one of the addresses.
     *
     * @returns `false` when there is no such user, and nothing left of one
     */
    async deleteUser(app: App, name: string, brandId?: string): Promise<boolean> {
      for (;;) {
        const known = await users.findByIdOrExternalId(app, name, brandId);
        if (known === undefined) break;
        if (known.user.absorbing?.length) await merges.settle(app, known);
        else {
          const left = await vanish(app, known);
          if (left === undefined) continue;
          if (!isDone(left)) await finishDeletion(table, left);
          return true;
        }
      }
      const standing = await users.find(app.id, externalIdAddress(app.salt, name, brandId));
      const deleted = [
        ...(standing?.kind === "vacancy" && standing.of !== undefined ? [standing.of] : []),
        ...(idPattern.test(name) ? [name] : []),
      ];
      const finished = await Promise.all(deleted.map((userId) => resumeDeletion(table, app.id, userId)));
      return finished.includes(true);
    },

    /**
     * Clears what tells who the user of a path is, also in everything the user said, and frees its email identities. The
     * user is cleared first, so that nothing said from then on bears the old name. Interrupted, a repeated call finishes it.
     *
     * @returns `undefined` when there is no such user
     */
    async deletePersonalInformation(app: App, name: string, brandId?: string): Promise<User | undefined> {
      for (;;) {
        const known = await users.findByIdOrExternalId(app, name, brandId);
        if (known === undefined) return undefined;
        // What is still moving to the user is to be found.
        if (known.user.absorbing?.length) await merges.settle(app, known);
        else {
          const user = withoutPersonalInformation(known.user);
          const replacing = replaceUser(user, known);
          const written = await table.transact([replacing, ...freeEmails(app, known.user)]);
          if (!written.done) continue;
          if (user.defaultConversationId === undefined && !user.hasMoreConversations) return user;
          await clearMessages(table, user);
          const after = await users.findById(app.id, user.id);
          // Merged with another meanwhile, some of what the user said may have moved past the search.
          if (after?.version === replacing.put.version || sameConversations(user, after?.user)) return user;
        }
      }
    },
  };
}

/** Whether a user still has what it said where it had it. */
const sameConversations = (before: User, after: User | undefined): boolean =>
  after !== undefined &&
  after.defaultConversationId === before.defaultConversationId &&
  after.hasMoreConversations === before.hasMoreConversations &&
  !after.absorbing?.length &&
  after.clients.every(({ id }) => before.clients.some((one) => one.id === id));

/** The operations after which no client of the user waits for anybody to write. */
const stopAwaiting = (app: App, user: User): readonly Operation[] =>
  user.clients.flatMap(({ id, integrationId, awaiting }) =>
    awaiting === undefined || integrationId === undefined
      ? []
      : [
          stopWaiting(app, channelAddress(app.salt, integrationId, awaiting.externalId), {
            userId: user.id,
            clientId: id,
          }),
        ],
  );

/** Every address that may lead to a user, but for the one where the user lives. */
function addressesOf(app: App, user: User): readonly string[] {
  const addresses = new Set<string>();
  if (user.externalId !== undefined) addresses.add(externalIdAddress(app.salt, user.externalId, user.brandId));
  for (const { integrationId, externalId, aliases = [] } of user.clients)
    if (integrationId !== undefined && externalId !== undefined)
      for (const id of [externalId, ...aliases]) addresses.add(channelAddress(app.salt, integrationId, id));
  addresses.delete(user.id);
  return [...addresses];
}
