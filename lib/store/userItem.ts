import { randomUUID } from "node:crypto";
import type { Participant } from "../domain/conversation.ts";
import type { ChannelPlace, User, VersionedUser } from "../domain/user.ts";
import { packDevices, unpackDevices } from "./deviceList.ts";
import { namesInUserKey, userKey } from "./keys.ts";
import type { Expression, Item, Operation } from "./table.ts";

/** What stands at a user id. */
export type Standing =
  | ({ readonly kind: "user" } & VersionedUser)
  /** An address whose person has another id; the client and conversation are a channel identity's. */
  | {
      readonly kind: "redirect";
      readonly userId: string;
      readonly clientId?: string;
      readonly conversationId?: string;
      readonly told?: string;
    }
  /** An address whose person was deleted: the next holder gets a fresh id. */
  | {
      readonly kind: "vacancy";
      /** The id of the user who was deleted: whose deletion may have something left to do. */
      readonly of?: string | undefined;
    };

/** A mark that no other write has. A write that is repeated after a lost answer knows what it finds as its own by it. */
export const newVersion = (): string => randomUUID();

/** A user as it is kept. App and id are in the key, and what holds for most people is not said: each user costs less. */
export const userItem = (user: User, heir?: ChannelPlace): Item => ({
  ...userKey(user.appId, user.id),
  kind: "user",
  version: newVersion(),
  heir,
  externalId: user.externalId,
  brandId: user.brandId,
  authenticated: user.authenticated || undefined,
  signedUpAt: user.signedUpAt,
  toBeRetained: user.toBeRetained,
  defaultConversationId: user.defaultConversationId,
  hasMoreConversations: user.hasMoreConversations,
  absorbing: user.absorbing,
  formerIds: user.formerIds,
  // Free-form parts are kept as JSON: DynamoDB's own maps refuse numbers that JSON allows.
  ...json("profile", user.profile),
  ...json("metadata", user.metadata),
  ...json("identities", user.identities),
  ...json("clients", user.clients),
  devices: packDevices(user.devices),
});

/** An empty part is left out: an item of up to 1 kB costs one write unit. */
const json = (name: string, value: object): Item =>
  Object.keys(value).length === 0 ? {} : { [name]: JSON.stringify(value) };

export function readStanding(item: Item): Standing {
  if (item.kind === "redirect")
    return {
      kind: "redirect",
      userId: item.userId,
      ...(item.clientId === undefined ? {} : { clientId: item.clientId }),
      ...(item.conversationId === undefined ? {} : { conversationId: item.conversationId }),
      ...(item.told === undefined ? {} : { told: item.told }),
    };
  if (item.kind === "vacancy") return { kind: "vacancy", of: item.of };
  return { kind: "user", user: readUser(item), version: item.version, heir: item.heir };
}

const readUser = (item: Item): User => ({
  ...namesInUserKey(item.pk),
  ...(item.externalId === undefined ? {} : { externalId: item.externalId }),
  ...(item.brandId === undefined ? {} : { brandId: item.brandId }),
  authenticated: item.authenticated ?? false,
  signedUpAt: item.signedUpAt,
  ...(item.toBeRetained === undefined ? {} : { toBeRetained: item.toBeRetained }),
  ...(item.defaultConversationId === undefined ? {} : { defaultConversationId: item.defaultConversationId }),
  hasMoreConversations: item.hasMoreConversations,
  absorbing: item.absorbing,
  formerIds: item.formerIds,
  profile: JSON.parse(item.profile ?? "{}"),
  metadata: JSON.parse(item.metadata ?? "{}"),
  identities: JSON.parse(item.identities ?? "[]"),
  clients: JSON.parse(item.clients ?? "[]"),
  devices: unpackDevices(item.devices),
});

/** Where an address leads; what else the object may know of the user is not kept at it. */
export const redirectItem = (
  appId: string,
  address: string,
  to: { userId: string } & Partial<Omit<ChannelPlace, "userId">>,
): Item => ({
  ...userKey(appId, address),
  kind: "redirect",
  ...placeOf(to),
});

/** A place alone, of whatever object describes it. */
export const placeOf = <P extends Partial<ChannelPlace>>({
  userId,
  clientId,
  conversationId,
  told,
}: P): Pick<P, "userId" | "clientId" | "conversationId" | "told"> => ({ userId, clientId, conversationId, told });

export const vacancyItem = (appId: string, address: string, of?: string): Item => ({
  ...userKey(appId, address),
  kind: "vacancy",
  of,
});

/** The address leads to this user, and to nobody else. */
export const leadsTo = (userId: string): Expression => ({
  text: "kind = :redirect AND userId = :user",
  values: { ":redirect": "redirect", ":user": userId },
});

export const vacant = { text: "kind = :vacancy", values: { ":vacancy": "vacancy" } };

/** The address stands for nobody: nothing is there, or what a deletion left. */
export const unheld = { text: "attribute_not_exists(pk) OR kind = :vacancy", values: { ":vacancy": "vacancy" } };

/** The user is as it was read. */
export const unchanged = ({ version }: { readonly version: string }): Expression => ({
  text: "kind = :user AND version = :version",
  values: { ":user": "user", ":version": version },
});

/** The operation that replaces a user, unless it changed since it was read. */
export const replaceUser = (user: User, { version, heir }: Omit<VersionedUser, "user">) =>
  ({ put: userItem(user, heir), condition: unchanged({ version }) }) satisfies Operation;

/**
 * The operation that notes a user to be in conversations beyond the first; fails for one who is gone, or has got the
 * externalId since under which the conversation is to show it.
 */
export const noteMoreConversations = (appId: string, { userId, userExternalId }: Participant): Operation => ({
  update: userKey(appId, userId),
  change: {
    text: "SET hasMoreConversations = :true, version = :next",
    values: { ":true": true, ":next": newVersion() },
  },
  condition:
    userExternalId === undefined
      ? { text: "kind = :user AND attribute_not_exists(externalId)", values: { ":user": "user" } }
      : {
          text: "kind = :user AND externalId = :externalId",
          values: { ":user": "user", ":externalId": userExternalId },
        },
});
