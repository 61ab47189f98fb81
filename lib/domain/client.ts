import type { ChannelType } from "./channel.ts";
import type { Conversation } from "./conversation.ts";
import type { SdkType } from "./integration.ts";

export type ClientStatus = "active" | "blocked" | "inactive" | "pending";

/** The person of a link that is not confirmed yet, and whether the client becomes the primary one of its conversation. */
export interface Awaited {
  readonly externalId: string;
  readonly primary: boolean;
}

/** A way to reach a user: one `sdk` client for all devices, and one for each channel identity. */
export interface Client {
  readonly id: string;
  readonly type: "sdk" | ChannelType;
  readonly status: ClientStatus;
  readonly integrationId?: string;
  /** The person's id on the channel; none on an `sdk` client. */
  readonly externalId?: string;
  /** Whom on the channel a pending client waits to hear from; until then it stands for nobody there. */
  readonly awaiting?: Awaited | undefined;
  /** None on a client from which nobody has written yet. */
  readonly lastSeen?: string | undefined;
  readonly linkedAt: string;
  readonly displayName?: string;
  readonly avatarUrl?: string;
  readonly info?: Readonly<Record<string, unknown>>;
  readonly raw?: Readonly<Record<string, unknown>>;
  /** Further ids of the same person on the channel, each with an address that leads here. */
  readonly aliases?: readonly string[];
  /** Since when the channel has told the status, where it has. */
  readonly statusSince?: string;
  /** When the channel last gave the person other ids, where it has. */
  readonly renamedAt?: string;
  /** Since when the channel shows the person at its number, where the person has other ids beside it. */
  readonly numberSince?: string | undefined;
  /** The conversation that the person's messages from this client join. */
  readonly conversationId?: string;
}

/** Every id for which a client stands, its own first. */
export const idsOfClient = (client: Client): readonly string[] => [
  ...(client.externalId === undefined ? [] : [client.externalId]),
  ...(client.aliases ?? []),
];

/** A browser or phone that runs a Messaging SDK. */
export interface Device {
  readonly id: string;
  readonly type: SdkType;
  /** Made by the SDK, kept on the device: names it, and authorises nothing. */
  readonly guid: string;
  readonly clientId: string;
  readonly status: "active" | "inactive";
  readonly integrationId: string;
  readonly lastSeen: string;
  readonly info?: Readonly<Record<string, string>>;
  readonly appVersion?: string;
  readonly pushNotificationToken?: string;
  /** SHA-256 of each session token this device holds; none once the person logged in or out. */
  readonly sessions?: readonly string[];
}

/** How many devices of a user are remembered; the longest unseen is forgotten first. */
export const deviceLimit = 20;

/** Devices as they are listed: the one seen last comes first. */
export const devicesBySeen = (devices: readonly Device[]): readonly Device[] =>
  devices.toSorted((a, b) => (a.lastSeen < b.lastSeen ? 1 : a.lastSeen > b.lastSeen ? -1 : 0));

const claimed = "unverified:";

/**
 * The id of who only claims an id, such as a mail's address that nothing proves: another than the id itself. No address
 * has a colon.
 */
export const claimedId = (externalId: string): string => claimed + externalId;

/** Whether an id is only claimed. */
const isClaimed = (externalId: string | undefined): boolean => externalId?.startsWith(claimed) ?? false;

/** The person's id as the channel has it, and what tells of one that is only claimed. */
export const shownIdentity = ({ externalId, info }: Client): Pick<Client, "externalId" | "info"> =>
  isClaimed(externalId)
    ? { externalId: externalId?.slice(claimed.length), info: { ...info, verified: false } }
    : { externalId, info };

/** The client as last seen in the conversations that it writes in. */
export function withLastSeen(client: Client, conversations: readonly Conversation[]): Client {
  const seen = conversations.map((conversation) => conversation.clientsSeen[client.id] ?? "");
  return { ...client, lastSeen: [client.lastSeen ?? "", ...seen].sort().at(-1) || undefined };
}

/** The client as the REST API answers it. */
export function publicClient(client: Client): object {
  return {
    id: client.id,
    type: client.type,
    status: client.status,
    integrationId: client.integrationId,
    lastSeen: client.lastSeen,
    linkedAt: client.linkedAt,
    displayName: client.displayName,
    avatarUrl: client.avatarUrl,
    ...shownIdentity(client),
    raw: client.raw,
  };
}

/** The device as the REST API answers it: without what authenticates it. */
export function publicDevice(device: Device): object {
  return {
    id: device.id,
    type: device.type,
    guid: device.guid,
    clientId: device.clientId,
    status: device.status,
    integrationId: device.integrationId,
    lastSeen: device.lastSeen,
    pushNotificationToken: device.pushNotificationToken,
    info: device.info,
    appVersion: device.appVersion,
  };
}
