import { type Client, deviceLimit, idsOfClient } from "../../model/client.ts";
import { sdkClient, withoutSessions } from "../../model/device.ts";
import { type Metadata, metadataLimit, metadataSize } from "../../model/metadata.ts";
import type { Profile, User } from "../../model/user.ts";
import { withIds } from "../../model/values/channelIds.ts";

/**
 * Makes the survivor of a merge: it keeps its id, externalId, times and every value it has; missing ones are filled
 * from the discarded user; its clients and devices move along. Two `sdk` clients become one, and so do two clients of
 * an integration that proved both to be one person. The discarded user's sessions end. The vendor does not document
 * which values win; here the survivor's do. Source: the vendor's `user:merge` event.
 */
export function mergedUser(survivor: User, discarded: User, provenIntegrationId?: string): User {
  const client = sdkClient(survivor);
  const moved = discarded.clients.filter((one) => matchingClient(survivor, one, provenIntegrationId) === undefined);
  const knownGuids = new Set(survivor.devices.map((device) => device.guid));
  const devices = withoutSessions(discarded)
    .devices.filter((device) => !knownGuids.has(device.guid))
    .map((device) => (client === undefined ? device : { ...device, clientId: client.id }));
  return {
    ...survivor,
    toBeRetained: survivor.toBeRetained || discarded.toBeRetained,
    profile: { ...discarded.profile, ...definedOf(survivor.profile) },
    metadata: mergedMetadata(survivor.metadata, discarded.metadata),
    identities: [...survivor.identities, ...discarded.identities],
    clients: [
      ...survivor.clients.map((one) =>
        mergeClientIds(
          one,
          discarded.clients.filter((other) => matchingClient(survivor, other, provenIntegrationId) === one),
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

/** Finds the survivor's client into which a client of the discarded user is merged, if any. */
const matchingClient = (survivor: User, client: Client, provenIntegrationId: string | undefined): Client | undefined =>
  client.type === "sdk"
    ? sdkClient(survivor)
    : survivor.clients.find(
        (one) =>
          client.integrationId === provenIntegrationId &&
          one.integrationId === provenIntegrationId &&
          // A client that waits has no identity yet, and may turn out to be another person's.
          [client, one].every(({ awaiting }) => awaiting === undefined),
      );

/** Adds the ids of merged clients to a channel client. */
export function mergeClientIds(client: Client, folded: readonly Client[]): Client {
  const ids = folded.flatMap(idsOfClient);
  if (ids.length === 0) return client;
  return withIds(client, [...idsOfClient(client), ...ids]);
}

/** Adds the discarded user's properties to the survivor's, in their order, as far as the limit allows. */
function mergedMetadata(survivor: Metadata, discarded: Metadata): Metadata {
  let merged = survivor;
  for (const [name, value] of Object.entries(discarded)) {
    const extended = { [name]: value, ...merged };
    if (!Object.hasOwn(merged, name) && metadataSize(extended) <= metadataLimit) merged = extended;
  }
  return merged;
}

/** Answers the id of a client after the merge: another one if it was merged into the survivor's client. */
export function clientAfterMerge(
  survivor: User,
  discarded: User,
  clientId: string,
  provenIntegrationId?: string,
): string {
  const client = discarded.clients.find((one) => one.id === clientId);
  return (client && matchingClient(survivor, client, provenIntegrationId)?.id) ?? clientId;
}
