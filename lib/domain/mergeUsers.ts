import { withIds } from "./channelIds.ts";
import { type Client, deviceLimit, idsOfClient } from "./client.ts";
import { sdkClient, withoutSessions } from "./device.ts";
import { type Metadata, metadataLimit, metadataSize } from "./metadata.ts";
import type { Profile, User } from "./user.ts";

/**
 * The survivor of a merge: keeps its id, externalId, times and every value it has; what it lacks is filled from the
 * discarded user, whose clients and devices move to it. Two `sdk` clients become one, and so do two clients of an
 * integration that proved both to be one person. The discarded sessions die with their user.
 *
 * Which values win is not documented; a survivor's own does. Source: the vendor's `user:merge` event.
 */
export function mergeUsers(survivor: User, discarded: User, provenOn?: string): User {
  const client = sdkClient(survivor);
  const moved = discarded.clients.filter((one) => twinOf(survivor, one, provenOn) === undefined);
  const known = new Set(survivor.devices.map((device) => device.guid));
  const devices = withoutSessions(discarded)
    .devices.filter((device) => !known.has(device.guid))
    .map((device) => (client === undefined ? device : { ...device, clientId: client.id }));
  return {
    ...survivor,
    toBeRetained: survivor.toBeRetained || discarded.toBeRetained,
    profile: { ...discarded.profile, ...definedOf(survivor.profile) },
    metadata: mergedMetadata(survivor.metadata, discarded.metadata),
    identities: [...survivor.identities, ...discarded.identities],
    clients: [
      ...survivor.clients.map((one) =>
        absorbIds(
          one,
          discarded.clients.filter((other) => twinOf(survivor, other, provenOn) === one),
        ),
      ),
      ...moved,
    ],
    devices: [...survivor.devices, ...devices].slice(0, deviceLimit),
    defaultConversationId: survivor.defaultConversationId ?? discarded.defaultConversationId,
  };
}

const definedOf = (profile: Profile): Profile =>
  Object.fromEntries(Object.entries(profile).filter(([, value]) => value !== undefined));

/** The survivor's client that a client of the discarded user is folded into, if any. */
const twinOf = (survivor: User, client: Client, provenOn: string | undefined): Client | undefined =>
  client.type === "sdk"
    ? sdkClient(survivor)
    : survivor.clients.find(
        (one) =>
          client.integrationId === provenOn &&
          one.integrationId === provenOn &&
          // A client that waits stands for nobody yet, and may turn out to be somebody else's.
          [client, one].every(({ awaiting }) => awaiting === undefined),
      );

/** A channel client that stands for others' ids as well. */
export function absorbIds(client: Client, folded: readonly Client[]): Client {
  const ids = folded.flatMap(idsOfClient);
  if (ids.length === 0) return client;
  return withIds(client, [...idsOfClient(client), ...ids]);
}

/** The survivor's properties, and of the discarded as many as the limit leaves room for, in their order. */
function mergedMetadata(survivor: Metadata, discarded: Metadata): Metadata {
  let merged = survivor;
  for (const [name, value] of Object.entries(discarded)) {
    const larger = { [name]: value, ...merged };
    if (!Object.hasOwn(merged, name) && metadataSize(larger) <= metadataLimit) merged = larger;
  }
  return merged;
}

/** What a client of a merged user is called from now on: another name where it was folded into the survivor's. */
export function clientAfterMerge(survivor: User, discarded: User, clientId: string, provenOn?: string): string {
  const client = discarded.clients.find((one) => one.id === clientId);
  return (client && twinOf(survivor, client, provenOn)?.id) ?? clientId;
}
