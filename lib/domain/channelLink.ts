import type { ChannelType } from "./channel.ts";
import type { Client } from "./client.ts";
import { readMailbox } from "./mailbox.ts";
import { internationalFormat } from "./phoneNumber.ts";
import type { User } from "./user.ts";

/** The channels on which a business may name a person by a number or address it knows. */
export const linkableTypes = ["mailgun", "messagebird", "twilio", "whatsapp"] as const satisfies readonly ChannelType[];

export type LinkableType = (typeof linkableTypes)[number];

/** A person on a channel as a business names them, in the very form in which the channel itself would. */
export interface LinkedIdentity {
  readonly externalId: string;
  readonly displayName: string;
  readonly info?: Readonly<Record<string, string>>;
}

/** How many clients a user has at most: they stand inside the user, and a merge moves them in one transaction. */
export const clientLimit = 25;

/**
 * The identity of a phone number in international form, spaces and punctuation aside; `undefined` for what is none. On
 * Twilio a number of WhatsApp carries the prefix `whatsapp:`, as Twilio writes it.
 */
export function identityOfPhone(type: Exclude<LinkableType, "mailgun">, given: string): LinkedIdentity | undefined {
  const [, prefix = "", number = ""] = given.match(/^(whatsapp:)?(.*)$/s) ?? [];
  const phoneNumber = number.replace(/[\s().-]/g, "");
  if (!/^\+[1-9]\d{6,14}$/.test(phoneNumber) || (prefix !== "" && type !== "twilio")) return undefined;
  return {
    // WhatsApp's own ids are the digits alone.
    externalId: type === "whatsapp" ? phoneNumber.slice(1) : prefix + phoneNumber,
    displayName: internationalFormat(phoneNumber),
    info: { phoneNumber },
  };
}

/** The identity of an e-mail address; `undefined` for what is none. */
export function identityOfAddress(given: string): LinkedIdentity | undefined {
  const address = readMailbox(given)?.address;
  return address === undefined ? undefined : { externalId: address, displayName: address };
}

/** What ids look like that a link may wait for; other ids of a person, and other channels, are never looked up. */
const linkableIds: Readonly<Partial<Record<ChannelType, RegExp>>> = {
  // Not one that a mail only claims.
  mailgun: /^[^:]+@/,
  messagebird: /^\+\d+$/,
  twilio: /^(whatsapp:)?\+\d+$/,
  whatsapp: /^\d+$/,
} satisfies Record<LinkableType, RegExp>;

/** Whether a link may wait for a person of this id. */
export const mayBeLinked = (type: ChannelType, externalId: string): boolean =>
  linkableIds[type]?.test(externalId) ?? false;

/** The user's client that waits for a person of this id to write. */
export const awaitingClient = (user: User, integrationId: string, externalId: string): Client | undefined =>
  user.clients.find((client) => client.integrationId === integrationId && client.awaiting?.externalId === externalId);

/** The user with this client, in the place of the one that has its id. */
export const withClient = (user: User, client: Client): User => ({
  ...user,
  clients: user.clients.some((one) => one.id === client.id)
    ? user.clients.map((one) => (one.id === client.id ? client : one))
    : [...user.clients, client],
});

/** The user without this client. */
export const withoutClient = (user: User, clientId: string): User => ({
  ...user,
  clients: user.clients.filter((client) => client.id !== clientId),
});
