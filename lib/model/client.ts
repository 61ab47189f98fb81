import type { ChannelType } from "./channel.ts";
import type { Conversation } from "./conversation.ts";
import type { SdkType } from "./integration.ts";
import type { Author, Content, Sending } from "./message.ts";

export type ClientStatus = "active" | "blocked" | "inactive" | "pending";

/**
 * The identity for which a pending client waits, and whether the client becomes the primary one of its conversation.
 */
export interface AwaitedIdentity {
  readonly externalId: string;
  readonly primary: boolean;
}

/** What the person is told when a business links a user to it: said on the channel alone, in no conversation. */
export interface LinkConfirmation {
  /** A new one for each request of the business. */
  readonly id: string;
  readonly author: Pick<Author, "displayName" | "avatarUrl">;
  readonly content: Content;
  readonly override?: Sending["override"];
  /** The subject of a mail. */
  readonly subject?: string | undefined;
  /** Whether it only asks for an answer, which is of no use once the person has written. */
  readonly isPrompt?: true | undefined;
  /** Number of its requests that the provider answered, if there are several. */
  readonly answered?: number | undefined;
}

/** Number of confirmations of a user that wait to be sent: they stand inside the user until then. */
export const confirmationLimit = 8;

/** A way to reach a user: one `sdk` client for all devices, and one for each channel identity. */
export interface Client {
  readonly id: string;
  readonly type: "sdk" | ChannelType;
  readonly status: ClientStatus;
  readonly integrationId?: string;
  /** The person's id on the channel; absent on an `sdk` client. */
  readonly externalId?: string;
  /** The identity from which a pending client waits for a message; it belongs to the client only after that. */
  readonly awaiting?: AwaitedIdentity | undefined;
  /** What is still to be said to the person of a link. No answer shows it. */
  readonly confirmation?: LinkConfirmation | undefined;
  /** Absent on a client from which no message came yet. */
  readonly lastSeen?: string | undefined;
  readonly linkedAt: string;
  readonly displayName?: string;
  readonly avatarUrl?: string;
  readonly info?: Readonly<Record<string, unknown>>;
  readonly raw?: Readonly<Record<string, unknown>>;
  /** Further ids of the same person on the channel, each with an address that points to this user. */
  readonly aliases?: readonly string[];
  /** The time of the channel's last report of the status, if there was one. */
  readonly statusSince?: string;
  /** The time at which the channel last gave the person other ids, if it did. */
  readonly renamedAt?: string;
  /** The time since which the channel shows the person at its number, if the person has other ids beside it. */
  readonly numberSince?: string | undefined;
  /** The conversation that the messages from this client join. */
  readonly conversationId?: string;
}

/** A browser or phone that runs a Messaging SDK. */
export interface Device {
  readonly id: string;
  readonly type: SdkType;
  /** Made by the SDK and kept on the device: it identifies the device and authorises nothing. */
  readonly guid: string;
  readonly clientId: string;
  readonly status: "active" | "inactive";
  readonly integrationId: string;
  readonly lastSeen: string;
  readonly info?: Readonly<Record<string, string>>;
  readonly appVersion?: string;
  readonly pushNotificationToken?: string;
  /** SHA-256 of each session token of this device; absent after the user has logged in or out. */
  readonly sessions?: readonly string[];
}

/** Number of devices that are remembered of a user; the one unseen for the longest time is forgotten first. */
export const deviceLimit = 20;

/** Sorts devices for a list: the one seen last comes first. */
export const devicesBySeen = (devices: readonly Device[]): readonly Device[] =>
  devices.toSorted((a, b) => (a.lastSeen < b.lastSeen ? 1 : a.lastSeen > b.lastSeen ? -1 : 0));

const claimedPrefix = "unverified:";

/**
 * Makes the id of a person with a channel id that is only claimed, such as the address of a mail without proof: it
 * differs from the id itself. No address has a colon.
 */
export const claimedId = (externalId: string): string => claimedPrefix + externalId;

/** Tells whether an id is only claimed. */
const isClaimed = (externalId: string | undefined): boolean => externalId?.startsWith(claimedPrefix) ?? false;

/** Reads the id that is claimed; any other id stays as it is. */
export const claimedAddress = (externalId: string): string =>
  isClaimed(externalId) ? externalId.slice(claimedPrefix.length) : externalId;

/** Shows the person's id as the channel has it, and marks one that is only claimed. */
export const shownIdentity = ({ externalId, info }: Client): Pick<Client, "externalId" | "info"> =>
  isClaimed(externalId)
    ? { externalId: externalId?.slice(claimedPrefix.length), info: { ...info, verified: false } }
    : { externalId, info };

/** Updates a client's `lastSeen` from the conversations in which it writes. */
export function withLastSeen(client: Client, conversations: readonly Conversation[]): Client {
  const seen = conversations.map((conversation) => conversation.clientsSeen[client.id] ?? "");
  return { ...client, lastSeen: [client.lastSeen ?? "", ...seen].sort().at(-1) || undefined };
}

/** Number of clients of a user: they stand inside the user, and a merge moves them in one transaction. */
export const clientLimit = 25;

/** Lists every id of a client, its own first. */
export const idsOfClient = (client: Client): readonly string[] => [
  ...(client.externalId === undefined ? [] : [client.externalId]),
  ...(client.aliases ?? []),
];

/** Tells whether a client has this id of its channel. */
export const holdsIdentity = (client: Client, integrationId: string, externalId: string): boolean =>
  client.integrationId === integrationId && idsOfClient(client).includes(externalId);
