import type { App } from "../domain/app.ts";
import { withClient, withoutClient } from "../domain/channelLink.ts";
import { type Client, idsOfClient } from "../domain/client.ts";
import { type Conversation, joinAssociations, participantOf } from "../domain/conversation.ts";
import { absorbIds } from "../domain/mergeUsers.ts";
import type { VersionedUser } from "../domain/user.ts";
import { leadNowhere, leadTo, stopWaiting } from "./channelAddresses.ts";
import { readConversation, setAssociations } from "./conversationItem.ts";
import { channelAddress, conversationEntryPrefix, conversationKey, linkKey, userKey } from "./keys.ts";
import { pagesOf } from "./pagesOf.ts";
import { type Operation, type Table, transactionLimit } from "./table.ts";
import { readStanding, replaceUser } from "./userItem.ts";

/** Conversations that are looked at, and changed, together: a transaction holds a hundred operations. */
const step = 50;

/** The end of a client: nobody is reached through it any more. */
export function clientRemoval(table: Table) {
  /** The user's conversations in which this client is, some at a time. */
  async function* conversationsOf({ user }: VersionedUser, client: Client): AsyncGenerator<readonly Conversation[]> {
    const first = [...new Set([user.defaultConversationId, client.conversationId])].filter((id) => id !== undefined);
    const among = async (ids: readonly string[]): Promise<readonly Conversation[]> => {
      const items = await table.getAll(ids.map((id) => conversationKey(user.appId, id)));
      return items
        .flatMap((item) => (item === undefined || item.mergedInto !== undefined ? [] : [readConversation(item)]))
        .filter((one) => clientsIn(one, user.id).some((association) => association.clientId === client.id));
    };
    yield among(first);
    if (!user.hasMoreConversations) return;
    const range = { partition: userKey(user.appId, user.id).pk, prefix: conversationEntryPrefix, limit: step };
    for await (const entries of pagesOf(table, range))
      yield among(entries.map((entry): string => entry.id).filter((id) => !first.includes(id)));
  }

  return {
    /**
     * Removes a user's channel client: with it go its addresses, so that who writes from there next is a new person, and
     * its place in every conversation. Or another client of the same user has all that from then on.
     *
     * @returns `false` when anything changed since it was read: read again and decide anew
     */
    async remove(app: App, known: VersionedUser, client: Client, heir?: Client): Promise<boolean> {
      const { user } = known;
      const addressOf = (externalId: string) => channelAddress(app.salt, client.integrationId ?? "", externalId);
      const ids = idsOfClient(client).map(addressOf);
      const awaited = client.awaiting && addressOf(client.awaiting.externalId);
      const items = await table.getAll([
        ...ids.map((id) => userKey(app.id, id)),
        ...(awaited === undefined ? [] : [linkKey(app.id, awaited)]),
      ]);
      const link = awaited === undefined ? undefined : items[ids.length];
      const own = { userId: user.id, clientId: client.id };
      // Another may have come to wait there since, and goes on.
      const isOwn = link?.userId === own.userId && link.clientId === own.clientId;
      const rest = heir ? withClient(user, absorbIds(heir, [client])) : user;
      const decisive = [
        replaceUser(withoutClient(rest, client.id), known),
        ...ids.flatMap((id, index) => {
          const item = items[index];
          const address = { id, standing: item && readStanding(item) };
          const leaving = leadNowhere(app, address, client.id);
          if (!heir || leaving.length === 0) return leaving;
          const conversationId = heir.conversationId ?? user.defaultConversationId;
          return leadTo(app, address, { userId: user.id, clientId: heir.id, conversationId });
        }),
        ...(awaited !== undefined && isOwn ? [stopWaiting(app, awaited, own)] : []),
      ];
      let leaving: readonly Operation[] = [];
      for await (const conversations of conversationsOf(known, client)) {
        const next = conversations.map((one) => {
          const entry = participantOf(one, user.id);
          const next = heir
            ? joinAssociations(entry, undefined, (clientId) => (clientId === client.id ? heir.id : clientId))
            : clientsIn(one, user.id).filter((association) => association.clientId !== client.id);
          return setAssociations(one, user.id, clientsIn(one, user.id), next);
        });
        // More than fit beside what decides are left before it, so that nothing names a client that is gone.
        if (leaving.length + next.length + decisive.length > transactionLimit) {
          if (!(await table.transact(leaving)).done) return false;
          leaving = [];
        }
        leaving = [...leaving, ...next];
      }
      return (await table.transact([...decisive, ...leaving])).done;
    },
  };
}

const clientsIn = (conversation: Conversation, userId: string) =>
  participantOf(conversation, userId)?.clientAssociations ?? [];
