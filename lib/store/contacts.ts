import type { App } from "../domain/app.ts";
import type { ChannelEvent, ChannelPerson } from "../domain/channel.ts";
import { withClient } from "../domain/channelLink.ts";
import {
  effectOf,
  holds,
  idsGivenUp,
  idsOf,
  newClient,
  seenOnChannel,
  statusTold,
  userOfChannel,
  withClientStatus,
  withNumberSince,
} from "../domain/contact.ts";
import { lapseOf, newConversation, newParticipant, participantOf } from "../domain/conversation.ts";
import type { User, VersionedUser } from "../domain/user.ts";
import {
  type Address,
  type ChannelIntegration,
  finishDeletionsAt,
  type Holder,
  isAsFound,
  leadNowhere,
  leadTo,
  readAddresses,
  readPerson,
  type Waiting,
} from "./channelAddresses.ts";
import type { LinkStore } from "./channelLinks.ts";
import { appendMessage, cameBefore, channelMessage } from "./channelMessages.ts";
import { clientChange } from "./clientChange.ts";
import { associate, createConversation, findOpen } from "./conversationItem.ts";
import { decideAnew } from "./decideAnew.ts";
import { firstConversationId, toldMark } from "./keys.ts";
import type { MergeStore } from "./merges.ts";
import { messageItem } from "./messageItem.ts";
import { numberClaims } from "./numberClaims.ts";
import { absent, type Table } from "./table.ts";
import { replaceUser, userItem } from "./userItem.ts";
import type { UserStore } from "./users.ts";
import { vacate } from "./vacate.ts";

export type Received = "created" | "stored" | "repeated" | "updated" | "ignored";

/** People who write on channels: each id of a person on a channel has an address, which names the user. */
export function contactStore(table: Table, users: UserStore, merges: MergeStore, links: LinkStore) {
  /** Makes addresses nobody's which lead to a user who is gone: a deletion that had no room for them is not done yet. */
  const release = async (app: App, addresses: readonly Address[]): Promise<void> => {
    for (const { id, holder } of addresses)
      if (holder && !holder.known && !(await users.findById(app.id, holder.userId)))
        await vacate(table, app.id, id, holder.userId);
  };

  /** Makes a user of somebody who wrote for the first time, with client, conversation and message, all at once. */
  const meet = async (
    app: App,
    integration: ChannelIntegration,
    event: ChannelEvent,
    addresses: readonly Address[],
    now: Date,
    newId: () => string,
  ): Promise<boolean> => {
    const [own, ...others] = addresses;
    if (!own) return false;
    await finishDeletionsAt(table, app, addresses);
    // An address that somebody else has stood at before never gives its id to the next person.
    const userId = own.standing === undefined ? own.id : newId();
    const conversationId = firstConversationId(app.salt, userId);
    const client = newClient(newId(), integration, event.person, conversationId, now);
    const status = statusTold(event) ?? "active";
    const at = event.occurredAt ?? now;
    const stranger = withNumberSince(userOfChannel(app.id, userId, event.person, client, now), client.id, at);
    const user = status === "active" ? stranger : withClientStatus(stranger, client.id, status, at);
    const message = channelMessage(app, integration, event, user, now);
    const participant = newParticipant(newId(), user, [{ type: client.type, clientId: client.id }]);
    const conversation = newConversation(app.id, conversationId, now, { type: "personal", isDefault: true }, [
      participant,
    ]);
    const told = status === "active" ? toldMark(app.salt, event.person) : undefined;
    const to = { userId, clientId: client.id, conversationId, told };
    const written = await table.transact([
      { put: userItem(user), condition: absent },
      createConversation({
        ...conversation,
        messageCount: message ? 1 : 0,
        lapsesAt: message && lapseOf(app.settings, message.received),
      }),
      ...(message ? [{ put: messageItem(app, conversationId, message), condition: absent }] : []),
      ...(own.standing === undefined ? [] : leadTo(app, own, to)),
      ...others.flatMap((address) => leadTo(app, address, to)),
    ]);
    return written.done;
  };

  /**
   * Gives a client whose conversation is gone, or was left by its user, a place in the user's default conversation, which
   * is made when there is none. What was merged elsewhere has its new place already.
   */
  const settleIn = async (
    app: App,
    holder: Holder,
    addresses: readonly Address[],
    now: Date,
    newId: () => string,
  ): Promise<void> => {
    const known = holder.known ?? (await users.findById(app.id, holder.userId));
    if (!known) return;
    if (known.user.absorbing?.length) {
      await merges.settle(app, known);
      return;
    }
    const { user } = known;
    const client = user.clients.find((one) => one.id === holder.clientId);
    const place = await findOpen(table, app.id, holder.conversationId);
    if (!client || (place && participantOf(place, user.id))) return;
    const association = { type: client.type, clientId: client.id };
    const conversationId = user.defaultConversationId ?? firstConversationId(app.salt, user.id);
    const standing = await findOpen(table, app.id, user.defaultConversationId);
    const participant = newParticipant(newId(), user, [association]);
    const kind = { type: "personal", isDefault: true } as const;
    const to = { userId: user.id, clientId: client.id, conversationId };
    const settled = withClient({ ...user, defaultConversationId: conversationId }, { ...client, conversationId });
    await table.transact([
      replaceUser(settled, known),
      ...addresses.filter((one) => one.holder?.clientId === client.id).flatMap((address) => leadTo(app, address, to)),
      ...(standing
        ? associate(standing, user.id, association, true)
        : [createConversation(newConversation(app.id, conversationId, now, kind, [participant]))]),
    ]);
  };

  /** The users behind the addresses of one person, made one if they are several, with every address leading there. */
  const unite = async (
    app: App,
    integration: ChannelIntegration,
    event: ChannelEvent,
    addresses: readonly Address[],
    now: Date,
  ): Promise<Holder | "again" | "repeated"> => {
    const holders = addresses.flatMap((address) => (address.holder ? [address.holder] : []));
    // Who lives at one of the addresses came with it, and needs no reading.
    const first = holders.find((holder) => holder.known !== undefined) ?? holders[0];
    if (!first) return "again";
    const other = holders.find((holder) => holder.userId !== first.userId);
    const unled = addresses.filter((address) => address.holder === undefined);
    const status = statusTold(event);
    // Behind an address that leads elsewhere the user was not read, nor need be while the channel tells nothing new.
    const news = addresses.filter(
      ({ holder }) =>
        holder && first.known === undefined && (status !== undefined || isNews(app, holder.told, event.person)),
    );
    // Somebody lives at the address who had the id before.
    const taken = addresses.some(({ holder, standing }) => standing?.kind === "user" && holder && !holder.known);
    const unheard = other !== undefined || unled.length > 0 || news.length > 0;
    const at = event.occurredAt ?? now;
    const told = (user: User): User => {
      const seen = seenOnChannel(user, first.clientId, event.person, at);
      return status === undefined ? seen : withClientStatus(seen, first.clientId, status, at);
    };
    const changes = first.known !== undefined && told(first.known.user) !== first.known.user;
    if (!unheard && !taken && !changes) return first;
    if (await cameBefore(table, app, integration, event, addresses)) return "repeated";
    if (other) {
      const united = await merge(app, integration, first, other);
      // Two people whom the business itself told apart are not one because a channel says so.
      return united === "distinct" ? first : "again";
    }
    if (!unheard && !changes) return first;
    const known = first.known ?? (await users.findById(app.id, first.userId));
    if (!known || !isAsFound(addresses, known)) return "again";
    const isHeld = ({ externalId, holder }: Address) =>
      holder === undefined ||
      known.user.clients.some((one) => one.id === holder.clientId && holds(one, integration.id, externalId));
    // The client may have given an id up since the addresses were read.
    if (!addresses.every(isHeld)) return "again";
    await finishDeletionsAt(table, app, unled);
    const user = told(known.user);
    // Of a number older than the client's own nothing is learnt.
    const learnt = unled.filter(({ externalId }) =>
      user.clients.some((one) => one.id === first.clientId && holds(one, integration.id, externalId)),
    );
    const replacing = replaceUser(user, known);
    const givenUp = idsGivenUp(known.user, user, first.clientId);
    const former = givenUp.length === 0 ? [] : await readAddresses(table, app, integration, givenUp);
    const mark = status === "blocked" ? undefined : toldMark(app.salt, event.person);
    const written = await table.transact([
      replacing,
      ...learnt.flatMap((address) => leadTo(app, address, { ...first, userId: user.id, told: mark })),
      ...news.flatMap((address) => leadTo(app, address, { ...(address.holder ?? first), told: mark })),
      ...former.flatMap((address) => leadNowhere(app, address, first.clientId)),
    ]);
    return written.done ? { ...first, known: { ...known, user, version: replacing.put.version } } : "again";
  };

  /** Makes two users one who turned out to be one person, unless each has an externalId of its own. */
  const merge = async (
    app: App,
    integration: ChannelIntegration,
    one: Holder,
    two: Holder,
  ): Promise<"merged" | "again" | "distinct"> => {
    const [first, second] = await Promise.all(
      [one, two].map((holder) => holder.known ?? users.findById(app.id, holder.userId)),
    );
    if (!first || !second) return "again";
    const [survivor, discarded] = inOrderOfSurvival(first, second);
    if (discarded.user.externalId !== undefined) return "distinct";
    const merged = await merges.merge(app, survivor, discarded, (user) => user, { provenOn: integration.id });
    return merged ? "merged" : "again";
  };

  const change = clientChange(table, users, merge);
  const claims = numberClaims(table, users);

  return {
    /**
     * Does what an event asks for, once however often it comes: makes the person a user with a conversation, adds the
     * message, or changes the client of somebody known. Throws what the store throws; then the event may come again.
     */
    async receive(
      app: App,
      integration: ChannelIntegration,
      delivered: ChannelEvent,
      now: Date,
      newId: () => string,
    ): Promise<Received> {
      const effect = effectOf(delivered, app.settings);
      return decideAnew(async () => {
        const read = await readPerson(table, app, integration, idsOf(delivered.person));
        const { conversation } = read;
        const claim = await claims.settle(app, integration, delivered, read.addresses, now);
        if (typeof claim === "string") return claim;
        const { event, addresses } = claim;
        const awaited = event.kind === "message" || event.kind === "postback" ? addresses.find(isAwaited) : undefined;
        if (awaited && !(await cameBefore(table, app, integration, event, addresses))) {
          await links.confirm(app, integration, awaited, event, now);
          return "again";
        }
        const anybody = addresses.some((address) => address.holder);
        if (!anybody && effect !== "create") return "ignored";
        if (!anybody) {
          const lived = addresses.some((address) => address.standing?.kind === "user");
          if (lived && (await cameBefore(table, app, integration, event, addresses))) return "repeated";
          return (await meet(app, integration, event, addresses, now, newId)) ? "created" : "again";
        }
        if (event.kind !== "message" && event.kind !== "postback" && event.kind !== "started") {
          return change(app, integration, event, addresses, now);
        }
        const holder = await unite(app, integration, event, addresses, now);
        if (holder === "repeated") return holder;
        if (holder === "again") {
          await release(app, addresses);
          return "again";
        }
        const message = channelMessage(app, integration, event, holder, now);
        if (!message) return "updated";
        const outcome = await appendMessage(table, app, holder, message, conversation);
        if (outcome !== "moved") return outcome;
        await release(app, addresses);
        await settleIn(app, holder, addresses, now, newId);
        return "again";
      });
    },
  };
}

const isAwaited = (address: Address): address is Address & { readonly waiting: Waiting } =>
  address.waiting !== undefined;

/** Who stays when two users turn out to be one person: who has an externalId, else who was there first. */
function inOrderOfSurvival(one: VersionedUser, two: VersionedUser): [VersionedUser, VersionedUser] {
  const named = (known: VersionedUser) => known.user.externalId !== undefined;
  if (named(one) !== named(two)) return named(one) ? [one, two] : [two, one];
  return one.user.signedUpAt <= two.user.signedUpAt ? [one, two] : [two, one];
}

/**
 * Whether the client behind an address that leads elsewhere may have to change by what is told now: it is blocked, or was
 * told nothing yet, or is told news. While the mark stays the same, a message need not look at the client.
 */
const isNews = (app: App, told: string | undefined, person: ChannelPerson): boolean =>
  told === undefined ||
  ((person.displayName !== undefined || person.avatarUrl !== undefined) && told !== toldMark(app.salt, person));
