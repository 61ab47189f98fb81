import { findOpenConversation } from "../../conversations/findConversation.ts";
import { equals } from "../../db/expression.ts";
import { listUnderUser, replaceParticipant, showExternalId } from "../../db/items/conversationItem.ts";
import { readAddressRecord, replaceUser } from "../../db/items/userItem.ts";
import { conversationEntryKey, conversationEntryPrefix, userKey } from "../../db/keys.ts";
import { pagesOf } from "../../db/pagesOf.ts";
import { getItem, queryItems } from "../../db/readItems.ts";
import { conflict, retryOnConflict } from "../../db/retryOnConflict.ts";
import type { Runtime } from "../../db/runtime.ts";
import { type Operation, transact } from "../../db/transact.ts";
import { updateItem } from "../../db/writeItems.ts";
import type { App } from "../../model/app.ts";
import { participantOf } from "../../model/conversation.ts";
import type { PendingMove, StoredUser, User } from "../../model/user.ts";

/** Number of a user's conversations that are read at a time. */
const step = 25;

/**
 * Finishes the work that an upgrade or a merge left, if any, in the conversations of this user, or of those merged into
 * it. May be interrupted anywhere and called again: the work is recorded until it is done.
 */
export async function finishPendingMoves(
  runtime: Pick<Runtime, "db">,
  app: App,
  storedUser: StoredUser,
): Promise<StoredUser> {
  let current = storedUser;
  for (const move of storedUser.user.pendingMoves ?? []) {
    if (move.kind === "showExternalId") await showExternalIdEverywhere(runtime, current.user);
    else if (!(await moveConversations(runtime, app, current.user, move.fromUserId))) return current;
    const finished = await removePendingMove(runtime, current, move);
    if (finished === undefined) return current;
    current = finished;
  }
  return current;
}

const isSame = (one: PendingMove, other: PendingMove): boolean =>
  one.kind === "showExternalId"
    ? other.kind === one.kind
    : "fromUserId" in other && other.fromUserId === one.fromUserId;

/** Records that a move is finished; `undefined` if the user is gone. */
async function removePendingMove(
  { db }: Pick<Runtime, "db">,
  storedUser: StoredUser,
  move: PendingMove,
): Promise<StoredUser | undefined> {
  let current = storedUser;
  return retryOnConflict(async () => {
    const pendingMoves = current.user.pendingMoves?.filter((one) => !isSame(move, one));
    const user: User = { ...current.user, pendingMoves };
    const replacing = replaceUser(user, current);
    const written = await transact(db, { user: replacing });
    if (written.done) return { ...current, user, version: replacing.put.version };
    const item = await getItem(db, userKey(current.user.appId, current.user.id));
    const record = item && readAddressRecord(item);
    if (record?.kind !== "user") return undefined;
    current = record;
    return conflict;
  });
}

/** Shows a user's new externalId in its conversations beyond the first. */
async function showExternalIdEverywhere({ db }: Pick<Runtime, "db">, user: User): Promise<void> {
  const range = { partition: userKey(user.appId, user.id).pk, prefix: conversationEntryPrefix, limit: step };
  for await (const entries of pagesOf(db, range))
    await Promise.all(
      entries.map((entry) => {
        const { update, condition, ...changes } = showExternalId(entry.id, user);
        return updateItem(db, update, changes, condition);
      }),
    );
}

/**
 * Moves a discarded user's conversations beyond its first, one at a time.
 * @returns `false` if the survivor is not a user any more: then they move to the one into which it was merged, which
 * has the record
 */
async function moveConversations(
  runtime: Pick<Runtime, "db">,
  app: App,
  survivor: User,
  discardedId: string,
): Promise<boolean> {
  const partition = userKey(app.id, discardedId).pk;
  for (;;) {
    const { items } = await queryItems(runtime.db, { partition, prefix: conversationEntryPrefix, limit: step });
    if (items.length === 0) return true;
    for (const { id } of items) {
      const written = await transact(runtime.db, {
        survivor: {
          update: userKey(app.id, survivor.id),
          set: { hasMoreConversations: true },
          condition: equals("kind", "user"),
        },
        move: await moveConversation(runtime, survivor, discardedId, id),
        entry: { delete: conversationEntryKey(app.id, discardedId, id) },
      });
      // If a conversation changed meanwhile, the next query finds it again.
      if (!written.done && written.failed.survivor) return false;
    }
  }
}

async function moveConversation(
  runtime: Pick<Runtime, "db">,
  survivor: User,
  discardedId: string,
  conversationId: string,
): Promise<readonly Operation[]> {
  const conversation = await findOpenConversation(runtime, survivor.appId, conversationId);
  if (!conversation || !participantOf(conversation, discardedId)) return [];
  const clientName = (clientId: string) => clientId;
  return [
    replaceParticipant(conversation, { from: discardedId, to: survivor, clientName, isDefault: false }),
    listUnderUser(survivor.appId, survivor.id, conversationId),
  ];
}
