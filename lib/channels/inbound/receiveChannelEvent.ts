import { isOpen, referralChange } from "../../db/items/conversationItem.ts";
import { conversationKey, type Key } from "../../db/keys.ts";
import { type Conflict, conflict, retryOnConflict } from "../../db/retryOnConflict.ts";
import type { Runtime } from "../../db/runtime.ts";
import { updateItem } from "../../db/writeItems.ts";
import type { ConversationReferral } from "../../model/events/event.ts";
import { type PendingLink, readIdentitiesWithConversation, type StoredIdentity } from "../../users/channelIdentity.ts";
import { releaseIdentityNow } from "../../users/delete/releaseIdentity.ts";
import { findUserById } from "../../users/findUser.ts";
import { confirmLink } from "../links/confirmLink.ts";
import { appendChannelMessage } from "./appendChannelMessage.ts";
import { changeClient } from "./changeClient.ts";
import { type ChannelDelivery, cameBefore, referredBy } from "./channelDelivery.ts";
import { effectOf, idsOfPerson, isMessage } from "./channelEvent.ts";
import { channelMessage } from "./channelMessage.ts";
import { claimNumber } from "./claimNumber.ts";
import { createUserFromChannel } from "./createUserFromChannel.ts";
import { ensureConversation } from "./ensureConversation.ts";
import { reconcileIdentities } from "./reconcileIdentities.ts";

type Receiving = Pick<Runtime, "db" | "newId">;

/** The result of an event. */
export type Received = "created" | "stored" | "repeated" | "updated" | "ignored";

/**
 * Applies an event, once however often it comes: creates a user with a conversation, adds the message, or changes the
 * client of an existing user. Throws the table's errors; then the event may come again.
 */
export function receiveChannelEvent(runtime: Receiving, delivered: ChannelDelivery): Promise<Received> {
  const { app, integration } = delivered;
  return retryOnConflict(async (): Promise<Received | Conflict> => {
    const ids = idsOfPerson(delivered.event.person);
    const read = await readIdentitiesWithConversation(runtime, app, integration, ids);
    const claimed = await claimNumber(runtime, delivered, read.identities);
    if (claimed === "repeated" || claimed === conflict) return claimed;
    const { delivery, identities } = claimed;
    const { event } = delivery;
    const pendingIdentity = isMessage(event) ? identities.find(hasPendingLink) : undefined;
    if (pendingIdentity && !(await cameBefore(runtime, delivery, identities))) {
      await confirmLink(runtime, delivery, pendingIdentity);
      return conflict;
    }
    if (!identities.some(({ owner }) => owner)) return receiveFirst(runtime, delivery, identities);
    if (!isMessage(event) && event.kind !== "started") return changeClient(runtime, delivery, identities);
    return receiveNext(runtime, delivery, { identities, conversation: read.conversation });
  });
}

/** Receives a message or start of a person with a user: reconciles the person's identities, then adds the message. */
async function receiveNext(
  runtime: Receiving,
  delivery: ChannelDelivery,
  { identities, conversation }: Awaited<ReturnType<typeof readIdentitiesWithConversation>>,
): Promise<Received | Conflict> {
  const { app } = delivery;
  const reconciled = await reconcileIdentities(runtime, delivery, identities);
  if (reconciled === "repeated") return reconciled;
  if (reconciled === conflict) {
    await releaseIdentitiesOfDeleted(runtime, delivery, identities);
    return conflict;
  }
  const { owner, storedUser } = reconciled;
  const message = channelMessage(delivery, { userId: owner.userId, user: storedUser?.user });
  const referred = referredBy(delivery);
  if (!message) {
    if (referred) await recordReferral(runtime, conversationKey(app.id, owner.conversationId ?? ""), referred);
    return "updated";
  }
  const outcome = await appendChannelMessage(runtime, { app, owner, message, referred, conversation });
  if (outcome !== "moved") return outcome;
  await releaseIdentitiesOfDeleted(runtime, delivery, identities);
  await ensureConversation(runtime, delivery, reconciled, identities);
  return conflict;
}

/** Records a referral without a message, so that the stream tells it; there may be no conversation any more. */
const recordReferral = ({ db }: Pick<Runtime, "db">, conversation: Key, referred: ConversationReferral) =>
  updateItem(db, conversation, { set: referralChange(referred) }, isOpen);

/** Receives an event from a person without a user. */
async function receiveFirst(
  runtime: Receiving,
  delivery: ChannelDelivery,
  identities: readonly StoredIdentity[],
): Promise<Received | Conflict> {
  if (effectOf(delivery.event, delivery.app.settings) !== "create") return "ignored";
  const hadUser = identities.some(({ record }) => record?.kind === "user");
  if (hadUser && (await cameBefore(runtime, delivery, identities))) return "repeated";
  return createUserFromChannel(runtime, delivery, identities);
}

/** Releases identities of a deleted user: a deletion with too many for one transaction may not be finished yet. */
async function releaseIdentitiesOfDeleted(
  runtime: Pick<Runtime, "db">,
  { app }: ChannelDelivery,
  identities: readonly StoredIdentity[],
): Promise<void> {
  for (const { id, owner, storedUser } of identities)
    if (owner && !storedUser && !(await findUserById(runtime, app.id, owner.userId)))
      await releaseIdentityNow(runtime, app.id, id, owner.userId);
}

const hasPendingLink = (identity: StoredIdentity): identity is StoredIdentity & { readonly pendingLink: PendingLink } =>
  identity.pendingLink !== undefined;
