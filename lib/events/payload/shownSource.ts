import { publicClient, publicDevice } from "../../http/answers/rest.ts";
import type { Client, Device } from "../../model/client.ts";
import { sdkClient } from "../../model/device.ts";
import { isSdkType } from "../../model/integration.ts";
import type { Source } from "../../model/message.ts";
import type { User } from "../../model/user.ts";
import type { PayloadForm } from "./payloadForm.ts";

/**
 * Shows where an event comes from, with `includeFullSource` also the user's client and device, as far as the source
 * leaves no choice: a user may have two clients or devices of one integration. Source: the vendor's OpenAPI
 * description, "sourceWebhook".
 */
export function shownSource(source: Source, user: User | undefined, form: PayloadForm): object {
  if (!form.includeFullSource || user === undefined || source.integrationId === undefined) return source;
  const client = clientOf(source, user);
  const device = deviceOf(source, user);
  return {
    ...source,
    ...(client && { client: shownClient(client, form) }),
    ...(device && { device: publicDevice(device) }),
  };
}

/** Shows a client, without what the channel sent of it in a delivery that would become too large. */
export const shownClient = (client: Client, { keeps }: PayloadForm): object =>
  publicClient(keeps === "everything" ? client : { ...client, raw: undefined });

/** Finds the source of an act on a device: the integration of the device that the user used last. */
export function sourceOfDevice({ devices: [device] }: User): Source | undefined {
  return device && { type: device.type, integrationId: device.integrationId };
}

const clientOf = ({ type, integrationId }: Source, user: User): Client | undefined =>
  isSdkType(type) ? sdkClient(user) : only(user.clients.filter((client) => client.integrationId === integrationId));

const deviceOf = ({ type, integrationId }: Source, user: User): Device | undefined =>
  only(user.devices.filter((device) => device.type === type && device.integrationId === integrationId));

const only = <T>(all: readonly T[]): T | undefined => (all.length === 1 ? all[0] : undefined);
