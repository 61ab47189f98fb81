import { addClientAssociation } from "../../db/items/conversationItem.ts";
import { replaceUser } from "../../db/items/userItem.ts";
import { type Conflict, conflict } from "../../db/retryOnConflict.ts";
import type { Runtime } from "../../db/runtime.ts";
import { transact } from "../../db/transact.ts";
import { apiError } from "../../model/apiError.ts";
import type { App } from "../../model/app.ts";
import type { LinkableType, LinkedIdentity } from "../../model/channelLink.ts";
import { type Client, clientLimit, confirmationLimit, idsOfClient, type LinkConfirmation } from "../../model/client.ts";
import type { Conversation } from "../../model/conversation.ts";
import { awaitingClient, type StoredUser, withClient } from "../../model/user.ts";
import {
  isPendingLinkFree,
  type PendingLink,
  putPendingLink,
  readIdentities,
  type StoredIdentity,
} from "../../users/channelIdentity.ts";
import { findUserById } from "../../users/findUser.ts";
import { establishLink } from "./establishLink.ts";

/** A business's request to link a user to an identity on a channel. */
export interface LinkRequest {
  readonly storedUser: StoredUser;
  readonly integration: { readonly id: string; readonly type: LinkableType };
  readonly identity: LinkedIdentity;
  /** The conversation that the person's messages join; the user takes part in it. */
  readonly conversation: Conversation;
  readonly primary: boolean;
  /** Whether the link takes effect at once, or only when the person has written from there. */
  readonly confirmed: boolean;
  /** What the person is told, once by each request that changes anything. */
  readonly confirmation?: LinkConfirmation | undefined;
  readonly receivedAt: Date;
}

/**
 * Links a user to a person on a channel, once however often it is requested.
 * @returns the client, or `conflict` if anything changed since it was read
 * @throws ApiError `conflict` if the identity belongs to another user with an externalId, or another user's client
 * waits for it; `bad_request` at the limit of clients, or of confirmations that are not sent yet
 */
export async function linkClient(
  runtime: Pick<Runtime, "db" | "newId">,
  app: App,
  request: LinkRequest,
): Promise<Client | Conflict> {
  const { storedUser, integration, identity, conversation, primary, confirmed } = request;
  const { user } = storedUser;
  const [read] = await readIdentities(runtime, app, integration, [identity.externalId]);
  if (!read) return conflict;
  const { owner, pendingLink } = read;
  if (pendingLink && pendingLink.userId !== user.id && (await isWaiting(runtime, app, pendingLink)))
    throw apiError.linkedElsewhere("A link of this channel identity to another user is pending");
  const linked = user.clients.find((client) => client.id === owner?.clientId);
  if (owner?.userId === user.id && !linked) return conflict;
  if (linked) return moveLink(runtime, app, request, { linked, read });
  const pending = awaitingClient(user, integration.id, identity.externalId);
  if (!pending && user.clients.length >= clientLimit)
    throw apiError.badRequest(`A user is limited to ${clientLimit} clients`);
  const client = withConfirmation(pending ?? pendingClient(runtime.newId(), request), request);
  if (!confirmed) {
    const other = owner && (await findUserById(runtime, app.id, owner.userId));
    if (other && other.user.externalId !== undefined) return refuseTaken("taken");
    return waitForMessage(runtime, app, request, { read, pending, client });
  }
  const active: Client = {
    ...client,
    status: "active",
    externalId: identity.externalId,
    awaiting: undefined,
    conversationId: conversation.id,
  };
  return refuseTaken(
    await establishLink(runtime, app, { storedUser, identities: [read], client: active, conversation, primary }),
  );
}

/** Moves an established link's client to another conversation, unless it is there already. */
async function moveLink(
  runtime: Pick<Runtime, "db">,
  app: App,
  request: LinkRequest,
  { linked, read }: { readonly linked: Client; readonly read: StoredIdentity },
): Promise<Client | Conflict> {
  const { storedUser, integration, conversation, primary } = request;
  const { user } = storedUser;
  const ids = idsOfClient(linked);
  const all = ids.length > 1 ? await readIdentities(runtime, app, integration, ids) : [read];
  // Another user's client that waits for one of the person's further ids goes on waiting.
  const own = all
    .filter((one) => one.owner?.clientId === linked.id)
    .map((one) => (one.pendingLink?.userId === user.id ? one : { ...one, pendingLink: undefined }));
  const association = { type: linked.type, clientId: linked.id };
  const isThere =
    own.every((one) => one.owner?.conversationId === conversation.id && !one.pendingLink) &&
    addClientAssociation(conversation, user.id, association, primary).length === 0;
  if (isThere) return linked;
  const client = withConfirmation(linked, request);
  return refuseTaken(await establishLink(runtime, app, { storedUser, identities: own, client, conversation, primary }));
}

/**
 * Gives a client the confirmation of the request.
 * @throws ApiError `bad_request` if too many of the user's others are still to be sent
 */
function withConfirmation(client: Client, { storedUser, confirmation }: LinkRequest): Client {
  if (confirmation === undefined) return client;
  const unsent = storedUser.user.clients.filter((one) => one.id !== client.id && one.confirmation !== undefined);
  if (unsent.length >= confirmationLimit)
    throw apiError.badRequest(`A user is limited to ${confirmationLimit} confirmations that are not sent yet`);
  return { ...client, confirmation };
}

/** Records that a user's client waits for a message from an identity. */
async function waitForMessage(
  { db }: Pick<Runtime, "db">,
  app: App,
  { storedUser, conversation, primary }: LinkRequest,
  {
    read,
    pending,
    client,
  }: { readonly read: StoredIdentity; readonly pending: Client | undefined; readonly client: Client },
): Promise<Client | Conflict> {
  const { id, externalId, pendingLink } = read;
  const waiting = { ...client, awaiting: { externalId, primary }, conversationId: conversation.id };
  const isAsBefore = pending?.awaiting?.primary === primary && pending.conversationId === conversation.id;
  if (isAsBefore && pendingLink?.clientId === pending.id) return pending;
  const own: PendingLink = { userId: storedUser.user.id, clientId: client.id };
  const written = await transact(db, {
    user: replaceUser(withClient(storedUser.user, waiting), storedUser),
    pendingLink: { ...putPendingLink(app, id, own), condition: isPendingLinkFree(pendingLink ?? own) },
  });
  return written.done ? waiting : conflict;
}

/** Tells whether a client still waits: its user may be gone, or the client removed. */
async function isWaiting(runtime: Pick<Runtime, "db">, app: App, { userId, clientId }: PendingLink): Promise<boolean> {
  const storedUser = await findUserById(runtime, app.id, userId);
  return storedUser?.user.clients.some((one) => one.id === clientId && one.awaiting !== undefined) ?? false;
}

const pendingClient = (id: string, { integration, identity, receivedAt }: LinkRequest): Client => ({
  id,
  type: integration.type,
  status: "pending",
  integrationId: integration.id,
  linkedAt: receivedAt.toISOString(),
  displayName: identity.displayName,
  ...(identity.info === undefined ? {} : { info: identity.info }),
});

function refuseTaken(outcome: Client | "taken" | Conflict): Client | Conflict {
  if (outcome === "taken")
    throw apiError.linkedElsewhere("The channel identity belongs to another user, who has an externalId");
  return outcome;
}
