import type { App } from "../domain/app.ts";
import type { ChannelType } from "../domain/channel.ts";
import { mayBeLinked } from "../domain/channelLink.ts";
import { holds } from "../domain/contact.ts";
import type { ChannelPlace, VersionedUser } from "../domain/user.ts";
import { resumeDeletionAt } from "./finishDeletion.ts";
import { channelAddress, conversationKey, firstConversationId, type Key, linkKey, userKey } from "./keys.ts";
import type { Expression, Item, Operation, Table } from "./table.ts";
import {
  newVersion,
  placeOf,
  readStanding,
  redirectItem,
  type Standing,
  unchanged,
  unheld,
  vacancyItem,
} from "./userItem.ts";

/** An integration of a channel: the one a delivery came to, or a client is linked on. */
export interface ChannelIntegration {
  readonly id: string;
  readonly type: ChannelType;
}

/** Whose an address is, and where their messages go. The user is known where it lives at the address itself. */
export interface Holder extends ChannelPlace {
  readonly known: VersionedUser | undefined;
}

/** A client that waits for the person of an address to write. */
export interface Waiting {
  readonly userId: string;
  readonly clientId: string;
}

/** The address of a person's id on a channel, as it was read. */
export interface Address {
  readonly id: string;
  readonly externalId: string;
  readonly standing: Standing | undefined;
  readonly holder: Holder | undefined;
  readonly waiting: Waiting | undefined;
}

/** Reads the addresses of a person's ids, and what waits at those that can be linked, in one call. */
export async function readAddresses(
  table: Table,
  app: App,
  integration: ChannelIntegration,
  externalIds: readonly string[],
): Promise<readonly Address[]> {
  const ids = externalIds.map((externalId) => channelAddress(app.salt, integration.id, externalId));
  return addressesOf(await table.getAll(keysOf(app, integration, externalIds, ids)), integration, externalIds, ids);
}

/**
 * Reads the addresses of a person's ids as `readAddresses` does, and in the same call the first conversation of a user who
 * was born at the first of them: it tells a redelivery whether its message was counted.
 */
export async function readPerson(
  table: Table,
  app: App,
  integration: ChannelIntegration,
  externalIds: readonly string[],
): Promise<{ readonly addresses: readonly Address[]; readonly conversation: Item | undefined }> {
  const ids = externalIds.map((externalId) => channelAddress(app.salt, integration.id, externalId));
  const [conversation, ...items] = await table.getAll([
    conversationKey(app.id, firstConversationId(app.salt, ids[0] ?? "")),
    ...keysOf(app, integration, externalIds, ids),
  ]);
  return { addresses: addressesOf(items, integration, externalIds, ids), conversation };
}

const isLinkable = (integration: ChannelIntegration, externalIds: readonly string[]) => (_: string, index: number) =>
  mayBeLinked(integration.type, externalIds[index] ?? "");

const keysOf = (
  app: App,
  integration: ChannelIntegration,
  externalIds: readonly string[],
  ids: readonly string[],
): readonly Key[] => [
  ...ids.map((id) => userKey(app.id, id)),
  ...ids.filter(isLinkable(integration, externalIds)).map((id) => linkKey(app.id, id)),
];

/** The addresses of what was read at `keysOf`. */
function addressesOf(
  items: readonly (Item | undefined)[],
  integration: ChannelIntegration,
  externalIds: readonly string[],
  ids: readonly string[],
): readonly Address[] {
  const linkable = ids.filter(isLinkable(integration, externalIds));
  return ids.map((id, index) => {
    const item = items[index];
    const link = linkable.includes(id) ? items[ids.length + linkable.indexOf(id)] : undefined;
    const externalId = externalIds[index] ?? "";
    const standing = item && readStanding(item);
    const waiting = link && { userId: link.userId, clientId: link.clientId };
    return { id, externalId, standing, holder: holderOf(standing, integration.id, externalId), waiting };
  });
}

/** Whose an address is: a user who lives there and still has the id, or the one it was given to since. */
function holderOf(standing: Standing | undefined, integrationId: string, externalId: string): Holder | undefined {
  if (standing?.kind === "redirect" && standing.clientId !== undefined)
    return {
      userId: standing.userId,
      clientId: standing.clientId,
      conversationId: standing.conversationId,
      told: standing.told,
      known: undefined,
    };
  if (standing?.kind !== "user") return undefined;
  const { user } = standing;
  const client = user.clients.find((one) => holds(one, integrationId, externalId));
  if (client)
    return {
      userId: user.id,
      clientId: client.id,
      conversationId: client.conversationId ?? user.defaultConversationId,
      known: standing,
    };
  return standing.heir && { ...standing.heir, known: undefined };
}

/** Whether a user who lives at one of these addresses, and was read again since, is still as it was found there. */
export const isAsFound = (addresses: readonly Address[], known: VersionedUser): boolean =>
  addresses.every(
    ({ id, standing }) => id !== known.user.id || (standing?.kind === "user" && standing.version === known.version),
  );

/** Finishes the deletions of those who stood at these addresses, before what says who they were is written over. */
export async function finishDeletionsAt(table: Table, app: App, addresses: readonly Address[]): Promise<void> {
  for (const { standing } of addresses) await resumeDeletionAt(table, app.id, standing);
}

/**
 * The operations that make an address lead to somebody, as long as it stands as it was read. Where a user lives who no
 * longer has the id, that user's item says who does. Somebody who lives there needs no more than the client itself, with
 * which the same transaction replaces what stands there, if that is as it was read.
 */
export function leadTo(app: App, address: Pick<Address, "id" | "standing">, to: ChannelPlace): readonly Operation[] {
  const { id, standing } = address;
  if (id === to.userId) return [];
  if (standing?.kind === "user") return [changeHeir(app, id, standing.version, to)];
  if (standing?.kind !== "redirect") return [{ put: redirectItem(app.id, id, to), condition: unheld }];
  const { userId, clientId } = standing;
  return [
    {
      put: redirectItem(app.id, id, to),
      condition: {
        text: `kind = :redirect AND userId = :was AND ${clientId === undefined ? "attribute_not_exists(clientId)" : "clientId = :client"}`,
        values: { ":redirect": "redirect", ":was": userId, ...(clientId === undefined ? {} : { ":client": clientId }) },
      },
    },
  ];
}

/** The operations after which an address leads to this client no more: whoever writes from there next is a new person. */
export function leadNowhere(
  app: App,
  { id, standing }: Pick<Address, "id" | "standing">,
  clientId: string,
): readonly Operation[] {
  if (standing?.kind === "user")
    return standing.heir?.clientId === clientId ? [changeHeir(app, id, standing.version, undefined)] : [];
  if (standing?.kind !== "redirect" || standing.clientId !== clientId) return [];
  return [
    {
      put: vacancyItem(app.id, id),
      condition: { text: "clientId = :client", values: { ":client": clientId } },
    },
  ];
}

/** Says at a user's own address who has the channel identity now, or that nobody has. */
const changeHeir = (app: App, userId: string, version: string, heir: ChannelPlace | undefined): Operation => ({
  update: userKey(app.id, userId),
  change: {
    text: `SET version = :next${heir ? ", heir = :heir" : " REMOVE heir"}`,
    values: { ":next": newVersion(), ":heir": heir && placeOf(heir) },
  },
  condition: unchanged({ version }),
});

/** The operation after which a client waits at an address. */
export const waitAt = (app: App, address: string, waiting: Waiting): { readonly put: Item } => ({
  put: { ...linkKey(app.id, address), ...waiting },
});

/** The operation after which a client waits there no more; fails where another waits, or the same one for another user. */
export const stopWaiting = (app: App, address: string, waiting: Waiting): Operation => ({
  delete: linkKey(app.id, address),
  condition: nobodyElseWaits(waiting),
});

/** Nobody waits at an address but, at most, this client of this user: a merge gives a client to another user. */
export const nobodyElseWaits = ({ userId, clientId }: Waiting): Expression => ({
  text: "attribute_not_exists(pk) OR (clientId = :client AND userId = :user)",
  values: { ":client": clientId, ":user": userId },
});
