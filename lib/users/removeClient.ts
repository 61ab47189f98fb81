import { readConversationRecord, setClientAssociations } from "../db/items/conversationItem.ts";
import { readAddressRecord, replaceUser } from "../db/items/userItem.ts";
import { channelAddress, conversationEntryPrefix, conversationKey, pendingLinkKey, userKey } from "../db/keys.ts";
import { pagesOf } from "../db/pagesOf.ts";
import { getItems } from "../db/readItems.ts";
import { type Conflict, conflict, retryOnConflict } from "../db/retryOnConflict.ts";
import type { Runtime } from "../db/runtime.ts";
import { type Operation, transact, transactionLimit } from "../db/transact.ts";
import { apiError } from "../model/apiError.ts";
import type { App } from "../model/app.ts";
import { type Client, idsOfClient } from "../model/client.ts";
import { type Conversation, joinAssociations, participantOf } from "../model/conversation.ts";
import { type StoredUser, withClient, withoutClient } from "../model/user.ts";
import { assignIdentity, removePendingLink, unassignIdentity } from "./channelIdentity.ts";
import { findUserByIdOrExternalId } from "./findUser.ts";
import { finishPendingMoves } from "./merge/finishPendingMoves.ts";
import { mergeClientIds } from "./merge/mergedUser.ts";

/** Number of conversations that are read, and changed, together: a transaction holds a hundred operations. */
const step = 50;

/**
 * Removes a channel's client of the user of a path, pending ones included; the `sdk` client stays as long as the user.
 * @throws ApiError `user_not_found`, `client_not_found`, or `bad_request` for the `sdk` client
 */
export async function removeClient(
  runtime: Pick<Runtime, "db">,
  app: App,
  user: { readonly name: string; readonly brandId: string | undefined },
  clientId: string | undefined,
): Promise<void> {
  await retryOnConflict(async () => {
    const found = await findUserByIdOrExternalId(runtime, app, user.name, user.brandId);
    if (!found) throw apiError.userNotFound();
    const storedUser = await finishPendingMoves(runtime, app, found);
    const client = storedUser.user.clients.find((one) => one.id === clientId);
    if (!client) throw apiError.clientNotFound();
    if (client.type === "sdk") throw apiError.badRequest("Cannot remove a client of type 'sdk'");
    return commitClientRemoval(runtime, app, { storedUser, client });
  });
}

/** The removal of a client, and the same user's client, if any, that takes its identities and its conversations. */
interface ClientRemoval {
  readonly storedUser: StoredUser;
  readonly client: Client;
  readonly successor?: Client;
}

/**
 * Removes a user's channel client with its identities, so that the next message from one of them creates a new user,
 * and from every conversation; unless a successor takes them over.
 * @returns `conflict` if anything changed since it was read
 */
export async function commitClientRemoval(
  runtime: Pick<Runtime, "db">,
  app: App,
  removal: ClientRemoval,
): Promise<"removed" | Conflict> {
  const { storedUser, client, successor } = removal;
  const { user } = storedUser;
  const rest = successor ? withClient(user, mergeClientIds(successor, [client])) : user;
  const finalWrites = {
    user: replaceUser(withoutClient(rest, client.id), storedUser, successor && "merge"),
    identities: await releaseIdentities(runtime, app, removal),
  };
  let pendingWrites: readonly Operation[] = [];
  for await (const conversations of conversationsOf(runtime, storedUser, client)) {
    const next = conversations.map((one) => leaveConversation(one, removal));
    // Conversations that do not fit into the last transaction are left before it, so that none names a removed client.
    if (pendingWrites.length + next.length + finalWrites.identities.length + 1 > transactionLimit) {
      if (!(await transact(runtime.db, { conversations: pendingWrites })).done) return conflict;
      pendingWrites = [];
    }
    pendingWrites = [...pendingWrites, ...next];
  }
  const written = await transact(runtime.db, { ...finalWrites, conversations: pendingWrites });
  return written.done ? "removed" : conflict;
}

/** Unassigns the client's identities and removes its pending link, or assigns the identities to the successor. */
async function releaseIdentities(
  { db }: Pick<Runtime, "db">,
  app: App,
  { storedUser: { user }, client, successor }: ClientRemoval,
): Promise<readonly Operation[]> {
  const addressOf = (externalId: string) => channelAddress(app.salt, client.integrationId ?? "", externalId);
  const ids = idsOfClient(client).map(addressOf);
  const pendingAddress = client.awaiting && addressOf(client.awaiting.externalId);
  const items = await getItems(db, [
    ...ids.map((id) => userKey(app.id, id)),
    ...(pendingAddress === undefined ? [] : [pendingLinkKey(app.id, pendingAddress)]),
  ]);
  const link = pendingAddress === undefined ? undefined : items[ids.length];
  const ownLink = { userId: user.id, clientId: client.id };
  // Another client may wait there since, and its link stays.
  const isOwn = link?.userId === ownLink.userId && link.clientId === ownLink.clientId;
  const identities = ids.flatMap((id, index) => {
    const item = items[index];
    const identity = { id, record: item && readAddressRecord(item) };
    const unassigning = unassignIdentity(app, identity, client.id);
    if (!successor || unassigning.length === 0) return unassigning;
    const conversationId = successor.conversationId ?? user.defaultConversationId;
    return assignIdentity(app, identity, { userId: user.id, clientId: successor.id, conversationId });
  });
  return [
    ...identities,
    ...(pendingAddress !== undefined && isOwn ? [removePendingLink(app, pendingAddress, ownLink)] : []),
  ];
}

function leaveConversation(conversation: Conversation, { storedUser, client, successor }: ClientRemoval): Operation {
  const userId = storedUser.user.id;
  const current = clientsIn(conversation, userId);
  const next = successor
    ? joinAssociations(participantOf(conversation, userId), undefined, (clientId) =>
        clientId === client.id ? successor.id : clientId,
      )
    : current.filter((association) => association.clientId !== client.id);
  return setClientAssociations(conversation, userId, current, next);
}

/** Reads the user's conversations in which this client takes part, some at a time. */
async function* conversationsOf(
  { db }: Pick<Runtime, "db">,
  { user }: StoredUser,
  client: Client,
): AsyncGenerator<readonly Conversation[]> {
  const first = [...new Set([user.defaultConversationId, client.conversationId])].filter((id) => id !== undefined);
  const readOpen = async (ids: readonly string[]): Promise<readonly Conversation[]> => {
    const keys = ids.map((id) => conversationKey(user.appId, id));
    return (await getItems(db, keys))
      .map(readConversationRecord)
      .flatMap((record) => (record?.kind === "open" ? [record.conversation] : []))
      .filter((one) => clientsIn(one, user.id).some((association) => association.clientId === client.id));
  };
  yield readOpen(first);
  if (!user.hasMoreConversations) return;
  const range = { partition: userKey(user.appId, user.id).pk, prefix: conversationEntryPrefix, limit: step };
  for await (const entries of pagesOf(db, range))
    yield readOpen(entries.map((entry): string => entry.id).filter((id) => !first.includes(id)));
}

const clientsIn = (conversation: Conversation, userId: string) =>
  participantOf(conversation, userId)?.clientAssociations ?? [];
