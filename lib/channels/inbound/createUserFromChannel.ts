import { absent } from "../../db/expression.ts";
import { putNewConversation } from "../../db/items/conversationItem.ts";
import { messageItem } from "../../db/items/messageItem.ts";
import { userItem } from "../../db/items/userItem.ts";
import { firstConversationId, profileFingerprint } from "../../db/keys.ts";
import { type Conflict, conflict } from "../../db/retryOnConflict.ts";
import type { Runtime } from "../../db/runtime.ts";
import { transact } from "../../db/transact.ts";
import { conversationExpiry, newConversation, newParticipant } from "../../model/conversation.ts";
import { newUser } from "../../model/user.ts";
import { assignIdentity, finishDeletionsAt, type StoredIdentity } from "../../users/channelIdentity.ts";
import { newClient, withClientStatus, withFirstClient, withNumberSince } from "./channelClient.ts";
import { type ChannelDelivery, originOf } from "./channelDelivery.ts";
import { reportedStatus } from "./channelEvent.ts";
import { channelMessage } from "./channelMessage.ts";

/**
 * Creates a user from a person's first event on a channel, with its client, conversation and message, all at once.
 * Answers `conflict` if an identity was assigned meanwhile.
 */
export async function createUserFromChannel(
  runtime: Pick<Runtime, "db" | "newId">,
  delivery: ChannelDelivery,
  identities: readonly StoredIdentity[],
): Promise<"created" | Conflict> {
  const { app, integration, event, receivedAt } = delivery;
  const [own, ...others] = identities;
  if (!own) return conflict;
  await finishDeletionsAt(runtime, app, identities);
  // An address that another user had before never gives its id to the next one.
  const userId = own.record === undefined ? own.id : runtime.newId();
  const conversationId = firstConversationId(app.salt, userId);
  const client = newClient(runtime.newId(), integration, event.person, {
    conversationId,
    linkedAt: receivedAt,
  });
  const status = reportedStatus(event) ?? "active";
  const at = event.occurredAt ?? receivedAt;
  const described = withFirstClient(newUser(app.id, userId, receivedAt), event.person, client);
  const active = withNumberSince(described, client.id, at);
  const user = status === "active" ? active : withClientStatus(active, client.id, status, at);
  const message = channelMessage(delivery, { userId, user });
  const participant = newParticipant(runtime.newId(), user, [{ type: client.type, clientId: client.id }]);
  const conversation = newConversation(app.id, conversationId, receivedAt, {
    type: "personal",
    isDefault: true,
    participants: [participant],
  });
  const owner = {
    userId,
    clientId: client.id,
    conversationId,
    profileFingerprint: status === "active" ? profileFingerprint(app.salt, event.person) : undefined,
  };
  const written = await transact(runtime.db, {
    user: { put: userItem(user), condition: absent },
    conversation: putNewConversation(
      {
        ...conversation,
        messageCount: message ? 1 : 0,
        lapsesAt: message && conversationExpiry(app.settings, message.received),
      },
      originOf(delivery),
    ),
    message: message && { put: messageItem(app, conversationId, message), condition: absent },
    identity: own.record === undefined ? undefined : assignIdentity(app, own, owner),
    aliases: others.flatMap((identity) => assignIdentity(app, identity, owner)),
  });
  return written.done ? "created" : conflict;
}
