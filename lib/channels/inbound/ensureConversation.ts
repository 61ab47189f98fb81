import { findOpenConversation } from "../../conversations/findConversation.ts";
import { addClientAssociation, putNewConversation } from "../../db/items/conversationItem.ts";
import { replaceUser } from "../../db/items/userItem.ts";
import { firstConversationId } from "../../db/keys.ts";
import type { Runtime } from "../../db/runtime.ts";
import { transact } from "../../db/transact.ts";
import { newConversation, newParticipant, participantOf } from "../../model/conversation.ts";
import { withClient } from "../../model/user.ts";
import { assignIdentity, type StoredIdentity } from "../../users/channelIdentity.ts";
import { findUserById } from "../../users/findUser.ts";
import { finishPendingMoves } from "../../users/merge/finishPendingMoves.ts";
import { type ChannelDelivery, originOf } from "./channelDelivery.ts";
import type { ReconciledOwner } from "./reconcileIdentities.ts";

/**
 * Adds a client to the user's default conversation, which is created if there is none, if the client's own conversation
 * is gone or the user left it. A conversation that was merged into another has its new place already.
 */
export async function ensureConversation(
  runtime: Pick<Runtime, "db" | "newId">,
  delivery: ChannelDelivery,
  { owner, storedUser }: ReconciledOwner,
  identities: readonly StoredIdentity[],
): Promise<void> {
  const { app, receivedAt } = delivery;
  const current = storedUser ?? (await findUserById(runtime, app.id, owner.userId));
  if (!current) return;
  const { user } = current;
  if (user.pendingMoves?.length) {
    await finishPendingMoves(runtime, app, current);
    return;
  }
  const client = user.clients.find((one) => one.id === owner.clientId);
  const present = await findOpenConversation(runtime, app.id, owner.conversationId);
  if (!client || (present && participantOf(present, user.id))) return;
  const association = { type: client.type, clientId: client.id };
  const conversationId = user.defaultConversationId ?? firstConversationId(app.salt, user.id);
  const defaultConversation = await findOpenConversation(runtime, app.id, user.defaultConversationId);
  const participant = newParticipant(runtime.newId(), user, [association]);
  const begun = { type: "personal", isDefault: true, participants: [participant] } as const;
  const updated = withClient({ ...user, defaultConversationId: conversationId }, { ...client, conversationId });
  await transact(runtime.db, {
    user: replaceUser(updated, current),
    identities: identities
      .filter((identity) => identity.owner?.clientId === client.id)
      .flatMap((identity) => assignIdentity(app, identity, { userId: user.id, clientId: client.id, conversationId })),
    conversation: defaultConversation
      ? addClientAssociation(defaultConversation, user.id, association, true)
      : putNewConversation(newConversation(app.id, conversationId, receivedAt, begun), {
          ...originOf(delivery),
          // The message that follows brings it.
          referral: undefined,
        }),
  });
}
