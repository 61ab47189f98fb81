import type { AppSettings } from "./app.ts";
import type { ChannelEvent, ChannelPerson, ChannelType } from "./channel.ts";
import { hasKinds, numbersOf, withIds } from "./channelIds.ts";
import { type Client, claimedId, idsOfClient } from "./client.ts";
import { keptContent } from "./keptContent.ts";
import type { Content } from "./message.ts";
import { textOf } from "./providerValue.ts";
import { newUser, type Profile, type User } from "./user.ts";

/** What an event may do. Source: the policy of section "which events create whom" in docs/channels.md. */
export type Effect =
  /** Whoever it is becomes a user with a conversation. */
  | "create"
  /** Only somebody who is a user already is touched. */
  | "update"
  | "ignore";

/** What an event does, decided once for all channels: only what a person says makes a person. */
export function effectOf(event: ChannelEvent, settings: AppSettings): Effect {
  switch (event.kind) {
    case "message":
      return "create";
    case "postback":
    case "started":
      return settings.ignoreAutoConversationStart ? "update" : "create";
    case "blocked":
    case "unblocked":
    case "identityChanged":
      return "update";
  }
}

/** Every id under which a person is known by this event, the client's own first. */
export const idsOf = (person: ChannelPerson): readonly string[] => {
  const ids = [...new Set([person.externalId, ...person.aliases])];
  return person.unverified ? ids.map(claimedId) : ids;
};

/** Whether a client stands for this id of its channel. */
export const holds = (client: Client, integrationId: string, externalId: string): boolean =>
  client.integrationId === integrationId && idsOfClient(client).includes(externalId);

/** A person's client, as the channel shows the person. */
export function newClient(
  id: string,
  integration: { readonly id: string; readonly type: ChannelType },
  person: ChannelPerson,
  conversationId: string,
  now: Date,
): Client {
  const client: Client = {
    id,
    type: integration.type,
    status: "active",
    integrationId: integration.id,
    lastSeen: now.toISOString(),
    linkedAt: now.toISOString(),
    displayName: person.displayName,
    avatarUrl: person.avatarUrl,
    info: person.info,
    raw: person.raw,
    conversationId,
  };
  return withIds(client, idsOf(person));
}

const withClientChanged = (user: User, clientId: string, change: (client: Client) => Client): User => ({
  ...user,
  clients: user.clients.map((client) => (client.id === clientId ? change(client) : client)),
});

/**
 * The user whose client has its number since a time told by the channel: an older event takes it from nobody. Only where a
 * person has other ids beside the number, which tell whose it is.
 */
export const withNumberSince = (user: User, clientId: string, at: Date): User =>
  withClientChanged(user, clientId, (client) =>
    hasKinds(client.type, idsOfClient(client)) ? { ...client, numberSince: at.toISOString() } : client,
  );

/** Whether an event is older than the number that a client has. */
export const isBeforeNumber = (client: Client, at: Date): boolean => (client.numberSince ?? "") > at.toISOString();

/** The user whose client has given an id up. */
export const withoutId = (user: User, clientId: string, externalId: string): User =>
  withClientChanged(user, clientId, (client) => {
    const kept = idsOfClient(client).filter((id) => id !== externalId);
    return { ...withIds(client, kept), numberSince: undefined };
  });

/** The ids for which a client stood and stands no more. */
export function idsGivenUp(before: User, after: User, clientId: string): readonly string[] {
  const [was, is] = [before, after].map((user) => user.clients.find((one) => one.id === clientId));
  if (!was || !is) return [];
  const held = idsOfClient(is);
  return idsOfClient(was).filter((id) => !held.includes(id));
}

/** A user as a channel introduces it: anonymous, with what the channel tells of the person and one client. */
export function userOfChannel(appId: string, id: string, person: ChannelPerson, client: Client, now: Date): User {
  return {
    ...newUser(appId, id, now),
    profile: profileOf(person),
    clients: [client],
    defaultConversationId: client.conversationId,
  };
}

const profileOf = (person: ChannelPerson): Profile => ({
  givenName: textOf(person.givenName, 128),
  surname: textOf(person.surname, 128),
  email: textOf(person.email, 128),
  avatarUrl: textOf(person.avatarUrl, 2048),
  locale: textOf(person.locale, 64),
});

/**
 * The user after an event: the client shows the person as the channel does now, and stands for further ids it proved; a
 * number takes the place of the one before. An empty profile is filled, a filled one is the business's. The same user, by
 * identity, when nothing changed.
 */
export function seenOnChannel(user: User, clientId: string, person: ChannelPerson, at: Date): User {
  const client = user.clients.find((one) => one.id === clientId);
  if (!client) return user;
  // What another client of the user stands for already stays with that one.
  const others = user.clients.filter((one) => one !== client && one.integrationId === client.integrationId);
  const proven = idsOf(person).filter((id) => !others.some((one) => idsOfClient(one).includes(id)));
  const ids = idsSeen(client, proven, at);
  const known = withIds(client, ids);
  const updated: Client = {
    ...known,
    ...(unblocks(client, at) ? { status: "active", statusSince: at.toISOString() } : {}),
    displayName: person.displayName ?? known.displayName,
    avatarUrl: person.avatarUrl ?? known.avatarUrl,
    // Not every message tells everything, so what it leaves out stays as it was told before.
    info: person.info === undefined ? known.info : { ...known.info, ...person.info },
    raw: person.raw === undefined ? known.raw : { ...known.raw, ...person.raw },
  };
  const profile = Object.values(user.profile).some((value) => value !== undefined) ? user.profile : profileOf(person);
  const changed = withClientChanged({ ...user, profile }, clientId, () => updated);
  const isNew = ids.some((id) => !idsOfClient(client).includes(id)) && numbersOf(client.type, proven).length > 0;
  const next = isNew && !isBeforeNumber(client, at) ? withNumberSince(changed, clientId, at) : changed;
  return JSON.stringify(next) === JSON.stringify(user) ? user : next;
}

/** The ids of a client after an event proved some to be one person's: a user id has one number, the one it came with. */
function idsSeen(client: Client, proven: readonly string[], at: Date): readonly string[] {
  const held = idsOfClient(client);
  const numbers = numbersOf(client.type, held);
  const seen = numbersOf(client.type, proven);
  if (numbers.length === 0 || seen.length === 0) return [...held, ...proven];
  if (isBeforeNumber(client, at)) return [...held, ...proven.filter((id) => !seen.includes(id))];
  if (!hasKinds(client.type, proven)) return [...held, ...proven];
  const own = client.externalId !== undefined && seen.includes(client.externalId) ? [] : seen;
  return [...own, ...held.filter((id) => seen.includes(id) || !numbers.includes(id)), ...proven];
}

/** Whether somebody who writes now is reachable again: not by a message from before they were blocked, delivered again. */
const unblocks = ({ status, statusSince }: Client, at: Date): boolean =>
  status === "pending" || (status === "blocked" && (statusSince === undefined || at.toISOString() > statusSince));

/** What an event says of the client's status beyond what everything does that a person says. */
export const statusTold = (event: ChannelEvent): "blocked" | "active" | undefined => {
  if (event.kind === "message") return event.clientStatus;
  // Of a time, so that a block from before it, which comes later, is known as such.
  return event.kind === "started" && event.occurredAt ? "active" : undefined;
};

/**
 * The user with a client whose status is told; the same user, by identity, when nothing is new, or another was told of a
 * later time.
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

/** The user whose client stands for other ids than before: the old ones are nobody's until somebody writes from them. */
export function renamedOnChannel(
  user: User,
  clientId: string,
  old: readonly string[],
  to: readonly string[],
  at: Date,
): User {
  const renamed = (client: Client): Client => {
    const kept = idsOfClient(client).filter((id) => !old.includes(id));
    return { ...withIds(client, [...to, ...kept]), renamedAt: at.toISOString() };
  };
  return withNumberSince(withClientChanged(user, clientId, renamed), clientId, at);
}

/** How much of a text, and of what a channel sent beside it, is kept: an item holds 400 kB. */
const contentLimit = 128 * 1024;

/** What a message or postback says, as it is kept. */
export function contentOf(event: ChannelEvent & { kind: "message" | "postback" }, settings: AppSettings): Content {
  const said: Content =
    event.kind === "postback"
      ? { type: "text", text: event.text ?? event.payload, payload: event.payload }
      : event.content.type === "unsupported"
        ? { ...event.content, raw: bounded(event.raw) }
        : event.content;
  const text =
    typeof said.text === "string" && said.text.length > contentLimit
      ? `${said.text.slice(0, contentLimit)}…`
      : said.text;
  return keptContent(text === undefined ? said : { ...said, text }, settings);
}

/** What the channel sent, where a message's content does not hold all of it; an unsupported content holds it itself. */
export const rawOf = (event: ChannelEvent & { kind: "message" | "postback" }): unknown =>
  event.kind === "message" && event.content.type === "unsupported" ? undefined : bounded(event.raw);

const bounded = (raw: unknown): unknown => (JSON.stringify(raw ?? null).length > contentLimit ? undefined : raw);
