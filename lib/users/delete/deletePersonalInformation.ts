import { freeEmails } from "../../db/items/emailItem.ts";
import { clearedUserItem, replaceUser } from "../../db/items/userItem.ts";
import { conflict, retryOnConflict } from "../../db/retryOnConflict.ts";
import type { Runtime } from "../../db/runtime.ts";
import { transact } from "../../db/transact.ts";
import type { App } from "../../model/app.ts";
import { type User, withoutPersonalInformation } from "../../model/user.ts";
import { findUserById, findUserByIdOrExternalId } from "../findUser.ts";
import { finishPendingMoves } from "../merge/finishPendingMoves.ts";
import { clearMessages } from "./clearMessages.ts";

/**
 * Clears the personal information of the user of a path, also in all its messages, and releases its email identities.
 * The user is cleared first, so that no later message has the old name. A repeated call finishes one that was
 * interrupted.
 * @returns `undefined` if there is no such user
 */
export function deletePersonalInformation(
  runtime: Pick<Runtime, "db">,
  app: App,
  name: string,
  brandId?: string,
): Promise<User | undefined> {
  return retryOnConflict(async () => {
    const storedUser = await findUserByIdOrExternalId(runtime, app, name, brandId);
    if (storedUser === undefined) return undefined;
    // Conversations and messages that still move to the user must be found.
    if (storedUser.user.pendingMoves?.length) {
      await finishPendingMoves(runtime, app, storedUser);
      return conflict;
    }
    const user = withoutPersonalInformation(storedUser.user);
    const replacing = replaceUser(user, storedUser);
    const clearing = { ...replacing, put: clearedUserItem(replacing.put) };
    const written = await transact(runtime.db, { user: clearing, emails: freeEmails(app, storedUser.user) });
    if (!written.done) return conflict;
    if (user.defaultConversationId === undefined && !user.hasMoreConversations) return user;
    await clearMessages(runtime, user);
    const after = await findUserById(runtime, app.id, user.id);
    // After a merge meanwhile, some of the user's messages may have moved past the search.
    const isDone = after?.version === replacing.put.version || hasSameConversations(user, after?.user);
    return isDone ? user : conflict;
  });
}

/** Tells whether a user's messages are still in the same conversations. */
const hasSameConversations = (before: User, after: User | undefined): boolean =>
  after !== undefined &&
  after.defaultConversationId === before.defaultConversationId &&
  after.hasMoreConversations === before.hasMoreConversations &&
  !after.pendingMoves?.length &&
  after.clients.every(({ id }) => before.clients.some((one) => one.id === id));
