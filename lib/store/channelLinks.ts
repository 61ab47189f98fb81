import type { App } from "../domain/app.ts";
import type { ChannelEvent } from "../domain/channel.ts";
import {
  awaitingClient,
  clientLimit,
  type LinkableType,
  type LinkedIdentity,
  withClient,
  withoutClient,
} from "../domain/channelLink.ts";
import { type Client, idsOfClient } from "../domain/client.ts";
import { seenOnChannel } from "../domain/contact.ts";
import { type Conversation, participantOf } from "../domain/conversation.ts";
import { refuse } from "../domain/refusal.ts";
import type { User, VersionedUser } from "../domain/user.ts";
import {
  type Address,
  type ChannelIntegration,
  finishDeletionsAt,
  isAsFound,
  leadTo,
  nobodyElseWaits,
  readAddresses,
  stopWaiting,
  type Waiting,
  waitAt,
} from "./channelAddresses.ts";
import { associate, findOpen } from "./conversationItem.ts";
import { resumeDeletion } from "./finishDeletion.ts";
import { toldMark } from "./keys.ts";
import type { MergeStore } from "./merges.ts";
import type { Table } from "./table.ts";
import { replaceUser } from "./userItem.ts";
import type { UserStore } from "./users.ts";

/** A business says that a user is the person of an identity on a channel. */
export interface LinkRequest {
  readonly known: VersionedUser;
  readonly integration: { readonly id: string; readonly type: LinkableType };
  readonly identity: LinkedIdentity;
  /** Where the person's messages go from then on; the user is in it. */
  readonly conversation: Conversation;
  readonly primary: boolean;
  /** Whether the link stands at once, or only when the person has written from there. */
  readonly confirmed: boolean;
}

export type LinkStore = ReturnType<typeof linkStore>;

/** Links between users and people on channels: standing ones, and those that wait for the person to write. */
export function linkStore(table: Table, users: UserStore, merges: MergeStore) {
  const isWaiting = async (app: App, waiting: Waiting): Promise<boolean> => {
    const known = await users.findById(app.id, waiting.userId);
    return (
      known?.user.clients.some((client) => client.id === waiting.clientId && client.awaiting !== undefined) ?? false
    );
  };

  /**
   * Makes a user the one of an address, through this client. An anonymous user who stood there becomes part of the user,
   * and then it is that one's client which stays.
   *
   * @returns the client that stands for the identity, `taken` where somebody with an externalId has it, or `again` when
   *   anything changed since it was read
   */
  const establish = async (
    app: App,
    known: VersionedUser,
    addresses: readonly Address[],
    client: Client,
    place: {
      readonly conversation: Conversation | undefined;
      readonly primary: boolean;
      /** What the client was just told of the person. */
      readonly told?: string;
    },
  ): Promise<Client | "taken" | "again"> => {
    if (!isAsFound(addresses, known)) return "again";
    const { conversation, primary, told } = place;
    const conversationId = conversation?.id;
    const holder = addresses[0]?.holder;
    const done = addresses.flatMap(({ id, waiting }) => (waiting ? [stopWaiting(app, id, waiting)] : []));
    const stranger = holder?.userId === known.user.id ? undefined : holder;
    const other = stranger && (await users.findById(app.id, stranger.userId));
    // A client that stands for the identity already stays, and the one that waited for it is needed no more.
    const standing = (other ?? known).user.clients.find((one) => one.id === holder?.clientId);
    const final = standing ? { ...standing, conversationId } : client;
    const association = { type: final.type, clientId: final.id };
    const linked = (user: User): User => {
      const waits = user.clients.filter(
        (one) =>
          one.integrationId === client.integrationId &&
          addresses.some((address) => address.externalId === one.awaiting?.externalId),
      );
      const gone = [...waits, ...(final.id === client.id ? [] : [client])].filter((one) => one.id !== final.id);
      return withClient(
        gone.reduce((rest, { id }) => withoutClient(rest, id), user),
        final,
      );
    };
    if (other && standing) {
      if (other.user.externalId !== undefined) return "taken";
      const details = { linking: { conversation, association, primary }, alongside: () => done };
      return (await merges.merge(app, known, other, linked, details)) ? final : "again";
    }
    await finishDeletionsAt(table, app, addresses);
    // Who is gone may have had more addresses than the moment of a deletion has room for.
    if (stranger && !other) await resumeDeletion(table, app.id, stranger.userId);
    const to = { userId: known.user.id, clientId: final.id, conversationId, told };
    const written = await table.transact([
      replaceUser(linked(known.user), known),
      ...addresses.flatMap((address) => leadTo(app, address, to)),
      ...(conversation ? associate(conversation, known.user.id, association, primary) : []),
      ...done,
    ]);
    return written.done ? final : "again";
  };

  /** Notes that a user's client waits for a person to write. */
  const hold = async (
    app: App,
    { known, conversation, primary }: LinkRequest,
    { id, externalId, waiting }: Address,
    pending: Client,
  ): Promise<Client | "again"> => {
    const client = { ...pending, awaiting: { externalId, primary }, conversationId: conversation.id };
    const unchanged = pending.awaiting?.primary === primary && pending.conversationId === conversation.id;
    if (unchanged && waiting?.clientId === client.id) return client;
    const own: Waiting = { userId: known.user.id, clientId: client.id };
    const written = await table.transact([
      replaceUser(withClient(known.user, client), known),
      { ...waitAt(app, id, own), condition: nobodyElseWaits(waiting ?? own) },
    ]);
    return written.done ? client : "again";
  };

  return {
    /**
     * Links a user to a person on a channel, once however often it is asked for.
     *
     * @returns the client, or `again` when anything changed since it was read: read again and decide anew
     * @throws Refusal `conflict` where the identity is another user's who has an externalId, or waits for another user;
     *   `bad_request` at the limit of clients
     */
    async link(app: App, request: LinkRequest, now: Date, newId: () => string): Promise<Client | "again"> {
      const { known, integration, identity, conversation, primary, confirmed } = request;
      const { user } = known;
      const [address] = await readAddresses(table, app, integration, [identity.externalId]);
      if (!address) return "again";
      const { holder, waiting } = address;
      if (waiting && waiting.userId !== user.id && (await isWaiting(app, waiting)))
        throw refuse.linkedElsewhere("A link of this channel identity to another user is pending");
      const linked = user.clients.find((client) => client.id === holder?.clientId);
      if (holder?.userId === user.id && !linked) return "again";
      const pending = awaitingClient(user, integration.id, identity.externalId);
      if (!linked && !pending && user.clients.length >= clientLimit)
        throw refuse.badRequest(`A user is limited to ${clientLimit} clients`);
      const fresh: Client = {
        id: newId(),
        type: integration.type,
        status: "pending",
        integrationId: integration.id,
        linkedAt: now.toISOString(),
        displayName: identity.displayName,
        ...(identity.info === undefined ? {} : { info: identity.info }),
      };
      if (linked) {
        const ids = idsOfClient(linked);
        const addresses = ids.length > 1 ? await readAddresses(table, app, integration, ids) : [address];
        // Another user's client that waits for one of the person's further ids goes on waiting.
        const own = addresses
          .filter((one) => one.holder?.clientId === linked.id)
          .map((one) => (one.waiting?.userId === user.id ? one : { ...one, waiting: undefined }));
        const unchanged =
          own.every((one) => one.holder?.conversationId === conversation.id && !one.waiting) &&
          associate(conversation, user.id, { type: linked.type, clientId: linked.id }, primary).length === 0;
        if (unchanged) return linked;
        return notTaken(await establish(app, known, own, linked, { conversation, primary }));
      }
      if (!confirmed) {
        const other = holder && (await users.findById(app.id, holder.userId));
        if (other && other.user.externalId !== undefined) return notTaken("taken");
        return hold(app, request, address, pending ?? fresh);
      }
      const client: Client = {
        ...(pending ?? fresh),
        status: "active",
        externalId: identity.externalId,
        awaiting: undefined,
        conversationId: conversation.id,
      };
      return notTaken(await establish(app, known, [address], client, { conversation, primary }));
    },

    /**
     * The person for whom a client waits has written: the link stands from now on. Where it cannot any more, because the
     * user is gone or the identity became that of somebody with an externalId, it is forgotten. The caller reads again.
     */
    async confirm(
      app: App,
      integration: ChannelIntegration,
      address: Address & { readonly waiting: Waiting },
      { person, occurredAt }: ChannelEvent,
      now: Date,
    ): Promise<void> {
      const { externalId, waiting } = address;
      const found = await users.findById(app.id, waiting.userId);
      const known = found && (await merges.settle(app, found));
      const pending = known && awaitingClient(known.user, integration.id, externalId);
      if (!known || pending?.id !== waiting.clientId) {
        await table.transact([stopWaiting(app, address.id, waiting)]);
        return;
      }
      const target = await findOpen(table, app.id, pending.conversationId);
      const conversation = target && participantOf(target, known.user.id) ? target : undefined;
      const active: Client = {
        ...pending,
        status: "active",
        externalId,
        awaiting: undefined,
        lastSeen: now.toISOString(),
        info: person.info ?? pending.info,
        raw: person.raw,
      };
      // Its further ids are led here when the message itself is stored.
      const own = { ...person, externalId, aliases: [] };
      const seen = seenOnChannel(withClient(known.user, active), active.id, own, occurredAt ?? now);
      const client = seen.clients.find((one) => one.id === active.id) ?? active;
      const place = { conversation, primary: pending.awaiting?.primary ?? true, told: toldMark(app.salt, person) };
      const outcome = await establish(app, { ...known, user: seen }, [address], client, place);
      if (outcome === "taken")
        await table.transact([
          replaceUser(withoutClient(known.user, pending.id), known),
          stopWaiting(app, address.id, waiting),
        ]);
    },
  };
}

function notTaken(outcome: Client | "taken" | "again"): Client | "again" {
  if (outcome === "taken")
    throw refuse.linkedElsewhere("The channel identity belongs to another user, who has an externalId");
  return outcome;
}
