import { addClientAssociation } from "../../db/items/conversationItem.ts";
import { replaceUser } from "../../db/items/userItem.ts";
import { type Conflict, conflict } from "../../db/retryOnConflict.ts";
import type { Runtime } from "../../db/runtime.ts";
import { transact } from "../../db/transact.ts";
import type { App } from "../../model/app.ts";
import type { Client } from "../../model/client.ts";
import type { Conversation } from "../../model/conversation.ts";
import type { UserCause } from "../../model/events/event.ts";
import { type StoredUser, type User, withClient, withoutClient } from "../../model/user.ts";
import {
  assignIdentity,
  finishDeletionsAt,
  isAsRead,
  removePendingLink,
  type StoredIdentity,
} from "../../users/channelIdentity.ts";
import { resumeDeletion } from "../../users/delete/finishDeletion.ts";
import { findUserById } from "../../users/findUser.ts";
import { mergeUsers } from "../../users/merge/mergeUsers.ts";

/** A link of a user to a person on a channel that is to take effect. */
export interface EstablishedLink {
  readonly storedUser: StoredUser;
  readonly identities: readonly StoredIdentity[];
  /** The client that gets the identities. */
  readonly client: Client;
  /** The conversation that the person's messages join. */
  readonly conversation: Conversation | undefined;
  /** Whether the client becomes the primary one of the conversation. */
  readonly primary: boolean;
  /** The fingerprint of the profile that the client just got. */
  readonly profileFingerprint?: string;
}

/**
 * Makes a user the owner of identities, through this client. An anonymous user that owned them is merged into the user,
 * and then that one's client stays.
 * @returns the client with the identities, `taken` if a user with an externalId owns them, or `conflict` if anything
 * changed since it was read
 */
export async function establishLink(
  runtime: Pick<Runtime, "db">,
  app: App,
  link: EstablishedLink,
): Promise<Client | "taken" | Conflict> {
  const { storedUser, identities, client, conversation, primary, profileFingerprint } = link;
  const userId = storedUser.user.id;
  if (!isAsRead(identities, storedUser)) return conflict;
  const owner = identities[0]?.owner;
  const isOwn = owner?.userId === userId;
  const other = owner && !isOwn ? await findUserById(runtime, app.id, owner.userId) : undefined;
  // A client that has the identities already stays, and the one that waited for them is removed.
  const existing = (other ?? storedUser).user.clients.find((one) => one.id === owner?.clientId);
  const final = existing ? linkedClient(existing, link) : client;
  const association = { type: final.type, clientId: final.id };
  const pendingLinks = identities.flatMap(({ id, pendingLink }) =>
    pendingLink ? [removePendingLink(app, id, pendingLink)] : [],
  );
  if (other && existing) {
    if (other.user.externalId !== undefined) return "taken";
    const merged = await mergeUsers(runtime, app, {
      survivor: storedUser,
      discarded: other,
      reason: "channelLinking",
      change: (user) => linkedUser(user, link, final),
      linking: { conversation, association, primary },
      alongside: () => pendingLinks,
    });
    return merged === conflict ? conflict : final;
  }
  await finishDeletionsAt(runtime, app, identities);
  // The identities of a deleted user may still be assigned to it, if one transaction could not release them all.
  if (owner && !isOwn && !other) await resumeDeletion(runtime, app.id, owner.userId);
  const newOwner = { userId, clientId: final.id, conversationId: conversation?.id, profileFingerprint };
  const written = await transact(runtime.db, {
    user: replaceUser(linkedUser(storedUser.user, link, final), storedUser, causeOf(existing)),
    identities: identities.flatMap((identity) => assignIdentity(app, identity, newOwner)),
    conversation: conversation && addClientAssociation(conversation, userId, association, primary),
    pendingLinks,
  });
  return written.done ? final : conflict;
}

/** Moves a client that has the identities to the link's conversation. It says what the link has to say, if anything. */
const linkedClient = (existing: Client, { client: { confirmation }, conversation }: EstablishedLink): Client => ({
  ...existing,
  conversationId: conversation?.id,
  confirmation: confirmation ?? existing.confirmation,
});

/** Answers the cause of the end of a client that waited, where it became one with the client that had the identities. */
const causeOf = (existing: Client | undefined): UserCause | undefined => existing && "merge";

/** Adds the client with the identities to the user, and removes those that waited for them. */
function linkedUser(user: User, { client, identities }: EstablishedLink, final: Client): User {
  const waiting = user.clients.filter(
    (one) =>
      one.integrationId === client.integrationId &&
      identities.some(({ externalId }) => externalId === one.awaiting?.externalId),
  );
  const removed = [...waiting, client].filter((one) => one.id !== final.id);
  return withClient(
    removed.reduce((rest, { id }) => withoutClient(rest, id), user),
    final,
  );
}
