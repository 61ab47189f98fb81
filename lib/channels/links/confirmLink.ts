import { findOpenConversation } from "../../conversations/findConversation.ts";
import { replaceUser } from "../../db/items/userItem.ts";
import { profileFingerprint } from "../../db/keys.ts";
import type { Runtime } from "../../db/runtime.ts";
import { transact } from "../../db/transact.ts";
import type { Client } from "../../model/client.ts";
import { participantOf } from "../../model/conversation.ts";
import { awaitingClient, type StoredUser, withClient, withoutClient } from "../../model/user.ts";
import { type PendingLink, removePendingLink, type StoredIdentity } from "../../users/channelIdentity.ts";
import { findUserById } from "../../users/findUser.ts";
import { finishPendingMoves } from "../../users/merge/finishPendingMoves.ts";
import { seenOnChannel } from "../inbound/channelClient.ts";
import type { ChannelDelivery } from "../inbound/channelDelivery.ts";
import { establishLink } from "./establishLink.ts";

/**
 * Confirms the link of a client that waited for this message. If it is impossible, because the user is gone or the
 * identity now belongs to a user with an externalId, the link is removed. The caller reads again.
 */
export async function confirmLink(
  runtime: Pick<Runtime, "db">,
  delivery: ChannelDelivery,
  identity: StoredIdentity & { readonly pendingLink: PendingLink },
): Promise<void> {
  const { app, integration, event } = delivery;
  const { externalId, pendingLink } = identity;
  const found = await findUserById(runtime, app.id, pendingLink.userId);
  const storedUser = found && (await finishPendingMoves(runtime, app, found));
  const pending = storedUser && awaitingClient(storedUser.user, integration.id, externalId);
  if (!storedUser || pending?.id !== pendingLink.clientId) {
    await transact(runtime.db, { pendingLink: removePendingLink(app, identity.id, pendingLink) });
    return;
  }
  const target = await findOpenConversation(runtime, app.id, pending.conversationId);
  const confirmed = confirmedUser(storedUser, pending, externalId, delivery);
  const outcome = await establishLink(runtime, app, {
    storedUser: confirmed.storedUser,
    identities: [identity],
    client: confirmed.client,
    conversation: target && participantOf(target, storedUser.user.id) ? target : undefined,
    primary: pending.awaiting?.primary ?? true,
    profileFingerprint: profileFingerprint(app.salt, event.person),
  });
  if (outcome === "taken")
    await transact(runtime.db, {
      user: replaceUser(withoutClient(storedUser.user, pending.id), storedUser, "linkFailed"),
      pendingLink: removePendingLink(app, identity.id, pendingLink),
    });
}

/** Activates the user's waiting client with the message's description of the person. */
function confirmedUser(
  storedUser: StoredUser,
  pending: Client,
  externalId: string,
  { event, receivedAt }: ChannelDelivery,
): { readonly storedUser: StoredUser; readonly client: Client } {
  const { person, occurredAt } = event;
  const active: Client = {
    ...pending,
    status: "active",
    externalId,
    awaiting: undefined,
    confirmation: pending.confirmation?.isPrompt ? undefined : pending.confirmation,
    lastSeen: receivedAt.toISOString(),
    info: person.info ?? pending.info,
    raw: person.raw,
  };
  // The person's further ids are assigned when the message itself is stored.
  const ownPerson = { ...person, externalId, aliases: [] };
  const user = seenOnChannel(withClient(storedUser.user, active), active.id, ownPerson, occurredAt ?? receivedAt);
  return { storedUser: { ...storedUser, user }, client: user.clients.find((one) => one.id === active.id) ?? active };
}
