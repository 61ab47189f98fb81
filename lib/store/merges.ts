import type { App } from "../domain/app.ts";
import { idsOfClient } from "../domain/client.ts";
import {
  type ClientAssociation,
  type Conversation,
  hasLapsed,
  joinAssociations,
  withAssociation,
  withoutLapsed,
} from "../domain/conversation.ts";
import { clientAfterMerge, mergeUsers } from "../domain/mergeUsers.ts";
import { refuse } from "../domain/refusal.ts";
import type { User, VersionedUser } from "../domain/user.ts";
import { leadTo, waitAt } from "./channelAddresses.ts";
import {
  associate,
  enterConversation,
  findOpen,
  nameParticipant,
  open,
  renameParticipant,
} from "./conversationItem.ts";
import { channelAddress, conversationEntryKey, conversationEntryPrefix, conversationKey, userKey } from "./keys.ts";
import { pagesOf } from "./pagesOf.ts";
import type { Operation, Table } from "./table.ts";
import { readStanding, redirectItem, replaceUser, unchanged } from "./userItem.ts";

export type MergeStore = ReturnType<typeof mergeStore>;

/** A merge that links a channel's person to the survivor: where their client belongs from then on. */
export interface Linking {
  readonly conversation: Conversation | undefined;
  readonly association: ClientAssociation;
  readonly primary: boolean;
}

/** What one merge has beyond its two users. */
export interface MergeDetails {
  /** The integration on which both were proven to be one person, whose two clients become one. */
  readonly provenOn?: string;
  /** A business linked the discarded user's client to the survivor. */
  readonly linking?: Linking;
  /** What else the same moment brings, given the survivor. */
  readonly alongside?: (survivor: User) => readonly Operation[];
}

/**
 * How many channel identities a user brings into a merge at most: each is an operation of the one transaction, which holds
 * a hundred, and few others.
 */
const identityLimit = 90;

/** How a user becomes part of another. */
export function mergeStore(table: Table) {
  /** Shows the externalId that a user was given in the conversations beyond its first, and may be called again. */
  const nameInConversations = async (user: User): Promise<void> => {
    const range = { partition: userKey(user.appId, user.id).pk, prefix: conversationEntryPrefix, limit: 25 };
    for await (const entries of pagesOf(table, range)) {
      const named = entries.map((entry) => nameParticipant(entry.id, user));
      await Promise.all(named.map(({ update, change, condition }) => table.update(update, change, condition)));
    }
  };

  /**
   * Moves the conversations that a discarded user was in beyond its first, one at a time, and may be called again.
   *
   * @returns `false` when the survivor is a user no more: then they are to move to whom it was merged into, who knows
   */
  const moveConversations = async (app: App, survivor: User, discardedId: string): Promise<boolean> => {
    const partition = userKey(app.id, discardedId).pk;
    const staying: Operation = {
      update: userKey(app.id, survivor.id),
      change: { text: "SET hasMoreConversations = :true", values: { ":true": true } },
      condition: { text: "kind = :user", values: { ":user": "user" } },
    };
    for (;;) {
      const { items } = await table.query({ partition, prefix: conversationEntryPrefix, limit: 25 });
      if (items.length === 0) return true;
      for (const entry of items) {
        const conversation = await findOpen(table, app.id, entry.id);
        const leave: Operation = { delete: conversationEntryKey(app.id, discardedId, entry.id) };
        const move = conversation?.participants.some((one) => one.userId === discardedId)
          ? [
              renameParticipant(conversation, discardedId, survivor, (clientId) => clientId, false),
              enterConversation(app.id, survivor.id, entry.id),
            ]
          : [];
        const written = await table.transact([staying, ...move, leave]);
        // Lost to a change of the conversation meanwhile, it is found again by the next query.
        if (!written.done && written.failed[0]) return false;
      }
    }
  };

  /** Finishes what an upgrade or a merge left to do, if anything, in the conversations of this user, or of those merged into it. */
  const settle = async (app: App, known: VersionedUser): Promise<VersionedUser> => {
    let now = known;
    for (const discardedId of known.user.absorbing ?? []) {
      if (discardedId === now.user.id) await nameInConversations(now.user);
      else if (!(await moveConversations(app, now.user, discardedId))) return now;
      for (;;) {
        const user: User = { ...now.user, absorbing: now.user.absorbing?.filter((id) => id !== discardedId) };
        const replacing = replaceUser(user, now);
        const written = await table.transact([replacing]);
        if (written.done) {
          now = { ...now, user, version: replacing.put.version };
          break;
        }
        const item = await table.get(userKey(app.id, now.user.id));
        const standing = item && readStanding(item);
        if (standing?.kind !== "user") return now;
        now = standing;
      }
    }
    return now;
  };

  return {
    settle,

    /**
     * Merges an anonymous user into another. One transaction decides it: the survivor takes over, the discarded id turns
     * into a redirect, which ends its sessions, and every channel identity names the survivor. What is unbounded
     * (messages, further conversations) moves after, and the survivor says so until it is done.
     *
     * @param change a further change of the survivor that the same moment brings
     * @returns `undefined` when either user changed since it was read: read again and decide anew
     * @throws Refusal `bad_request` for a discarded user with more channel identities than one transaction leads elsewhere
     */
    async merge(
      app: App,
      survivor: VersionedUser,
      discarded: VersionedUser,
      change: (user: User) => User,
      { provenOn, linking, alongside = () => [] }: MergeDetails = {},
    ): Promise<VersionedUser | undefined> {
      const clientName = (clientId: string) => clientAfterMerge(survivor.user, discarded.user, clientId, provenOn);
      const held = new Map(
        discarded.user.clients.flatMap((client) =>
          idsOfClient(client).map((externalId): [address: string, clientId: string] => [
            channelAddress(app.salt, client.integrationId ?? "", externalId),
            client.id,
          ]),
        ),
      );
      const awaited = discarded.user.clients.filter((client) => client.awaiting !== undefined);
      if (held.size + awaited.length > identityLimit)
        throw refuse.badRequest(
          `A user with more than ${identityLimit} channel identities cannot be merged into another`,
        );
      const elsewhere = [...held.keys()].filter((address) => address !== discarded.user.id);
      const [standings, kept, moved] = await Promise.all([
        table.getAll(elsewhere.map((address) => userKey(app.id, address))),
        findOpen(table, app.id, survivor.user.defaultConversationId),
        findOpen(table, app.id, discarded.user.defaultConversationId),
      ]);
      const conversationOperations: Operation[] = [];
      let user = mergeUsers(survivor.user, discarded.user, provenOn);
      let landing = moved?.id;
      // What one person said on one channel is one conversation, also where users may have several.
      const unified = moved && kept && (!app.settings.multiConvoEnabled || provenOn !== undefined);
      if (unified) {
        const primary = linking?.primary && linking.conversation?.id === kept.id ? linking.association : undefined;
        conversationOperations.push(
          ...unify(app, kept, moved, {
            survivorId: survivor.user.id,
            discardedId: discarded.user.id,
            clientName,
            primary,
          }),
        );
        landing = kept.id;
      } else if (moved) {
        conversationOperations.push(renameParticipant(moved, discarded.user.id, user, clientName, kept === undefined));
        if (kept) {
          conversationOperations.push(enterConversation(app.id, user.id, moved.id));
          user = { ...user, hasMoreConversations: true };
        }
      }
      if (linking?.conversation && !(unified && linking.conversation.id === kept.id))
        conversationOperations.push(
          ...associate(linking.conversation, survivor.user.id, linking.association, linking.primary),
        );
      if (discarded.user.hasMoreConversations || discarded.user.absorbing?.length)
        user = {
          ...user,
          hasMoreConversations: true,
          // What still moves to the discarded user may arrive there until it has been looked for where it comes from.
          absorbing: [...(user.absorbing ?? []), ...(discarded.user.absorbing ?? []), discarded.user.id],
          formerIds: [...(user.formerIds ?? []), discarded.user.id, ...(discarded.user.formerIds ?? [])],
        };
      const clients = user.clients.map((client) =>
        client.conversationId === discarded.user.defaultConversationId
          ? { ...client, conversationId: landing }
          : client,
      );
      user = change({ ...user, clients });

      let tombstone: Operation = {
        put: redirectItem(app.id, discarded.user.id, discarded.heir ?? { userId: user.id }),
        condition: unchanged(discarded),
      };
      const addresses: Operation[] = [];
      for (const [address, clientId] of held) {
        const client = user.clients.find((one) => one.id === clientName(clientId));
        const to = {
          userId: user.id,
          clientId: clientName(clientId),
          conversationId: client?.conversationId ?? landing,
        };
        const item = standings[elsewhere.indexOf(address)];
        if (address === discarded.user.id) tombstone = { ...tombstone, put: redirectItem(app.id, address, to) };
        else addresses.push(...leadTo(app, { id: address, standing: item && readStanding(item) }, to));
      }
      for (const client of awaited) {
        if (client.awaiting === undefined || client.integrationId === undefined) continue;
        const address = channelAddress(app.salt, client.integrationId, client.awaiting.externalId);
        addresses.push(waitAt(app, address, { userId: user.id, clientId: client.id }));
      }
      // What the discarded user was the heir of is the survivor's own again.
      const heir = survivor.heir?.userId === discarded.user.id ? undefined : survivor.heir;
      const replacing = replaceUser(user, { ...survivor, heir });
      const written = await table.transact([
        replacing,
        tombstone,
        ...conversationOperations,
        ...addresses,
        ...alongside(user),
      ]);
      if (!written.done) return undefined;
      return settle(app, { ...survivor, heir, user, version: replacing.put.version });
    },
  };
}

/** One history of two: the messages of the one move into the other, which says so until they have. */
function unify(
  app: App,
  kept: Conversation,
  moved: Conversation,
  people: {
    readonly survivorId: string;
    readonly discardedId: string;
    readonly clientName: (clientId: string) => string;
    /** The client that becomes the primary one. */
    readonly primary: ClientAssociation | undefined;
  },
): readonly Operation[] {
  const { survivorId, discardedId, clientName, primary } = people;
  const entry = kept.participants.find((one) => one.userId === survivorId);
  const leaving = moved.participants.find((one) => one.userId === discardedId);
  const [, latest = kept.lastUpdatedAt] = [kept.lastUpdatedAt, moved.lastUpdatedAt].sort();
  const now = new Date();
  const [anew, added] = [hasLapsed(kept, now), withoutLapsed(moved, now)];
  const unread = added.participants.find((one) => one.userId === discardedId)?.unreadCount ?? 0;
  const lapsesAt = [kept.lapsesAt, moved.lapsesAt]
    .filter((at) => at !== undefined)
    .sort()
    .at(-1);
  const counted = (counter: string) => `${counter} = ${anew ? ":none" : counter}`;
  const joined = joinAssociations(entry, leaving, clientName);
  const merged = [moved.id, ...moved.absorbing];
  return [
    {
      update: conversationKey(app.id, kept.id),
      change: {
        text: `SET ${counted("messageCount")} + :count, lastUpdatedAt = :latest, participants.#user.clients = :clients, ${counted("participants.#user.unreadCount")} + :unread${lapsesAt === undefined ? "" : ", lapsesAt = :lapsesAt"} REMOVE latest ADD absorbing :merged`,
        names: { "#user": survivorId },
        values: {
          ":count": added.messageCount,
          ":latest": latest,
          ":clients": primary ? withAssociation(joined, primary, true) : joined,
          ":unread": unread,
          ":merged": new Set(merged),
          ...(anew ? { ":none": 0 } : {}),
          ...(lapsesAt === undefined ? {} : { ":lapsesAt": lapsesAt }),
        },
      },
      condition: { text: `${open.text} AND lastUpdatedAt = :was`, values: { ":was": kept.lastUpdatedAt } },
    },
    {
      update: conversationKey(app.id, moved.id),
      change: { text: "SET mergedInto = :kept", values: { ":kept": kept.id } },
      condition: { text: `${open.text} AND messageCount = :count`, values: { ":count": moved.messageCount } },
    },
  ];
}
