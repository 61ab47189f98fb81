import type { ChannelPerson, ChannelType } from "../../model/channel.ts";
import { type Client, idsOfClient } from "../../model/client.ts";
import type { Profile, User } from "../../model/user.ts";
import { hasKinds, numbersOf, withIds } from "../../model/values/channelIds.ts";
import { textOf } from "../../model/values/providerValue.ts";
import { idsOfPerson } from "./channelEvent.ts";

/** Makes a person's client from the channel's description. */
export function newClient(
  id: string,
  integration: { readonly id: string; readonly type: ChannelType },
  person: ChannelPerson,
  { conversationId, linkedAt }: { readonly conversationId: string; readonly linkedAt: Date },
): Client {
  const client: Client = {
    id,
    type: integration.type,
    status: "active",
    integrationId: integration.id,
    lastSeen: linkedAt.toISOString(),
    linkedAt: linkedAt.toISOString(),
    displayName: person.displayName,
    avatarUrl: person.avatarUrl,
    info: person.info,
    raw: person.raw,
    conversationId,
  };
  return withIds(client, idsOfPerson(person));
}

const withClientChanged = (user: User, clientId: string, change: (client: Client) => Client): User => ({
  ...user,
  clients: user.clients.map((client) => (client.id === clientId ? change(client) : client)),
});

/**
 * Records since when a user's client has its number, by the channel's time, so that no older event takes it away. Only
 * if the person has other ids beside the number, which prove its owner.
 */
export const withNumberSince = (user: User, clientId: string, at: Date): User =>
  withClientChanged(user, clientId, (client) =>
    hasKinds(client.type, idsOfClient(client)) ? { ...client, numberSince: at.toISOString() } : client,
  );

/** Tells whether an event is older than the number of a client. */
export const isBeforeNumber = (client: Client, at: Date): boolean => (client.numberSince ?? "") > at.toISOString();

/** Removes an id from a user's client. */
export const withoutId = (user: User, clientId: string, externalId: string): User =>
  withClientChanged(user, clientId, (client) => {
    const kept = idsOfClient(client).filter((id) => id !== externalId);
    return { ...withIds(client, kept), numberSince: undefined };
  });

/** Lists the ids that a client had and has no more. */
export function idsGivenUp(before: User, after: User, clientId: string): readonly string[] {
  const [was, is] = [before, after].map((user) => user.clients.find((one) => one.id === clientId));
  if (!was || !is) return [];
  const held = idsOfClient(is);
  return idsOfClient(was).filter((id) => !held.includes(id));
}

/** Gives a new anonymous user the profile from the channel, and its client. */
export const withFirstClient = (user: User, person: ChannelPerson, client: Client): User => ({
  ...user,
  profile: profileOf(person),
  clients: [client],
  defaultConversationId: client.conversationId,
});

const profileOf = (person: ChannelPerson): Profile => ({
  givenName: textOf(person.givenName, 128),
  surname: textOf(person.surname, 128),
  email: textOf(person.email, 128),
  avatarUrl: textOf(person.avatarUrl, 2048),
  locale: textOf(person.locale, 64),
});

/**
 * Updates a user after an event: the client gets the person's present description and the ids it proved; a number
 * replaces the one before. An empty profile is filled, a filled one stays, since the business may have written it.
 * Answers the same object if nothing changed.
 */
export function seenOnChannel(user: User, clientId: string, person: ChannelPerson, at: Date): User {
  const client = user.clients.find((one) => one.id === clientId);
  if (!client) return user;
  // Ids of another client of the user stay with that one.
  const others = user.clients.filter((one) => one !== client && one.integrationId === client.integrationId);
  const proven = idsOfPerson(person).filter((id) => !others.some((one) => idsOfClient(one).includes(id)));
  const ids = idsSeen(client, proven, at);
  const identified = withIds(client, ids);
  const updated: Client = {
    ...identified,
    ...(unblocks(client, at) ? { status: "active", statusSince: at.toISOString() } : {}),
    displayName: person.displayName ?? identified.displayName,
    avatarUrl: person.avatarUrl ?? identified.avatarUrl,
    // Not every message describes the person completely, so missing details stay.
    info: person.info === undefined ? identified.info : { ...identified.info, ...person.info },
    raw: person.raw === undefined ? identified.raw : { ...identified.raw, ...person.raw },
  };
  const profile = Object.values(user.profile).some((value) => value !== undefined) ? user.profile : profileOf(person);
  const changed = withClientChanged({ ...user, profile }, clientId, () => updated);
  const isNew = ids.some((id) => !idsOfClient(client).includes(id)) && numbersOf(client.type, proven).length > 0;
  const next = isNew && !isBeforeNumber(client, at) ? withNumberSince(changed, clientId, at) : changed;
  return JSON.stringify(next) === JSON.stringify(user) ? user : next;
}

/**
 * Lists the ids of a client after an event proved some to be one person's: a user id has one number, the one it came
 * with.
 */
function idsSeen(client: Client, proven: readonly string[], at: Date): readonly string[] {
  const held = idsOfClient(client);
  const numbers = numbersOf(client.type, held);
  const seenNumbers = numbersOf(client.type, proven);
  if (numbers.length === 0 || seenNumbers.length === 0) return [...held, ...proven];
  if (isBeforeNumber(client, at)) return [...held, ...proven.filter((id) => !seenNumbers.includes(id))];
  if (!hasKinds(client.type, proven)) return [...held, ...proven];
  const newNumbers = client.externalId !== undefined && seenNumbers.includes(client.externalId) ? [] : seenNumbers;
  return [...newNumbers, ...held.filter((id) => seenNumbers.includes(id) || !numbers.includes(id)), ...proven];
}

/** Tells whether an event makes a client reachable again: not a message from before it was blocked, delivered again. */
const unblocks = ({ status, statusSince }: Client, at: Date): boolean =>
  status === "pending" || (status === "blocked" && (statusSince === undefined || at.toISOString() > statusSince));

/**
 * Sets the reported status of a user's client. Answers the same object if nothing is new, or if a report of a later
 * time was received.
 */
export function withClientStatus(user: User, clientId: string, status: Client["status"], at: Date): User {
  const client = user.clients.find((one) => one.id === clientId);
  const since = at.toISOString();
  if (!client || (client.statusSince ?? "") > since) return user;
  if (client.status === status && client.statusSince === since) return user;
  return {
    ...user,
    clients: user.clients.map((one) => (one === client ? { ...client, status, statusSince: since } : one)),
  };
}

/** Gives a user's client other ids. The old ones have no user until a message comes from them. */
export function renamedOnChannel(
  user: User,
  clientId: string,
  { old, to, at }: { readonly old: readonly string[]; readonly to: readonly string[]; readonly at: Date },
): User {
  const renamed = (client: Client): Client => {
    const kept = idsOfClient(client).filter((id) => !old.includes(id));
    return { ...withIds(client, [...to, ...kept]), renamedAt: at.toISOString() };
  };
  return withNumberSince(withClientChanged(user, clientId, renamed), clientId, at);
}
