import type { AppSettings } from "./app.ts";
import type { ChannelEvent, ChannelPerson, ChannelType } from "./channel.ts";
import { type Client, claimedId } from "./client.ts";
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

/** Every id for which a client stands, its own first. */
export const idsOfClient = (client: Client): readonly string[] => [
  ...(client.externalId === undefined ? [] : [client.externalId]),
  ...(client.aliases ?? []),
];

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
  const [externalId, ...aliases] = idsOf(person);
  return {
    id,
    type: integration.type,
    status: "active",
    integrationId: integration.id,
    externalId,
    lastSeen: now.toISOString(),
    linkedAt: now.toISOString(),
    displayName: person.displayName,
    avatarUrl: person.avatarUrl,
    info: person.info,
    raw: person.raw,
    aliases: aliases.length === 0 ? undefined : aliases,
    conversationId,
  };
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
 * The user after an event: the client shows the person as the channel does now, and stands for further ids it proved.
 * An empty profile is filled, a filled one is the business's. The same user, by identity, when nothing changed.
 */
export function seenOnChannel(user: User, clientId: string, person: ChannelPerson, at: Date): User {
  const client = user.clients.find((one) => one.id === clientId);
  if (!client) return user;
  // What another client of the user stands for already stays with that one.
  const others = user.clients.filter((one) => one !== client && one.integrationId === client.integrationId);
  const ids = idsOf(person).filter((id) => !others.some((one) => idsOfClient(one).includes(id)));
  const aliases = [...new Set([...(client.aliases ?? []), ...ids])].filter((id) => id !== client.externalId);
  const updated: Client = {
    ...client,
    ...(unblocks(client, at) ? { status: "active", statusSince: at.toISOString() } : {}),
    displayName: person.displayName ?? client.displayName,
    avatarUrl: person.avatarUrl ?? client.avatarUrl,
    // Not every message tells everything, so what it leaves out stays as it was told before.
    info: person.info === undefined ? client.info : { ...client.info, ...person.info },
    raw: person.raw === undefined ? client.raw : { ...client.raw, ...person.raw },
    aliases: aliases.length === 0 ? undefined : aliases,
  };
  const profile = Object.values(user.profile).some((value) => value !== undefined) ? user.profile : profileOf(person);
  const changed: User = { ...user, profile, clients: user.clients.map((one) => (one.id === clientId ? updated : one)) };
  return JSON.stringify(changed) === JSON.stringify(user) ? user : changed;
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
  return {
    ...user,
    clients: user.clients.map((client) => {
      if (client.id !== clientId) return client;
      const held = [...to, ...(client.externalId === undefined ? [] : [client.externalId]), ...(client.aliases ?? [])];
      const [externalId, ...aliases] = new Set(held.filter((id) => !old.includes(id)));
      return {
        ...client,
        externalId,
        aliases: aliases.length === 0 ? undefined : aliases,
        renamedAt: at.toISOString(),
      };
    }),
  };
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
