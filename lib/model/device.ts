import { createHash } from "node:crypto";
import { type Client, type Device, deviceLimit } from "./client.ts";
import type { User } from "./user.ts";
import { textOf } from "./values/providerValue.ts";

/** A device as its SDK describes it with a request. */
export interface DeviceDescription {
  readonly guid: string;
  readonly type: Device["type"];
  readonly integrationId: string;
  readonly info?: Readonly<Record<string, string>> | undefined;
  readonly appVersion?: string | undefined;
  readonly pushNotificationToken?: string | undefined;
}

/** Limits of a device's description: any browser may send one, and all devices of a user share one item of 400 kB. */
const infoLimit = { keys: 20, nameLength: 64, characters: 512, bytes: 4096 } as const;

/** Adds an `sdk` client to a user that has none. */
export function withSdkClient(user: User, now: Date, newId: () => string): User {
  if (sdkClient(user)) return user;
  const lastSeen = now.toISOString();
  return {
    ...user,
    clients: [{ id: newId(), type: "sdk", status: "active", lastSeen, linkedAt: lastSeen }, ...user.clients],
  };
}

/**
 * Keeps the part of a device's `info` that is within the limits: whole characters, bounded in number, length and size.
 */
export function boundedInfo(
  info: Readonly<Record<string, unknown>> | undefined,
): Readonly<Record<string, string>> | undefined {
  let kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(info ?? {})) {
    const text = textOf(value, infoLimit.characters);
    if (text === undefined || name.length > infoLimit.nameLength || !name.isWellFormed()) continue;
    const extended = { ...kept, [name]: text };
    if (Object.keys(extended).length > infoLimit.keys || Buffer.byteLength(JSON.stringify(extended)) > infoLimit.bytes)
      break;
    kept = extended;
  }
  return Object.keys(kept).length === 0 ? undefined : kept;
}

/** Accepts a push token as the platforms make them: printable, and of bounded length. */
export const pushToken = (token: string | null | undefined): string | undefined =>
  token && /^[\x21-\x7e]{1,4096}$/.test(token) ? token : undefined;

/** Hashes a session token for the table. */
export const sessionHash = (token: string): string => createHash("sha256").update(token).digest("base64url");

/** Finds the user's one `sdk` client, which all of the user's devices share. */
export const sdkClient = (user: User): Client | undefined => user.clients.find((client) => client.type === "sdk");

/** A device that is seen, and the hash of a session token that it is given on top of those it holds. */
interface SeenDevice extends DeviceDescription {
  readonly session?: string;
}

/** The user with this device active, seen now, under the user's one `sdk` client, which is made when there is none. */
export function withDevice(user: User, device: SeenDevice, now: Date, newId: () => string): User {
  const lastSeen = now.toISOString();
  const existing = user.devices.find(({ guid }) => guid === device.guid);
  const client = sdkClient(user) ?? {
    id: newId(),
    type: "sdk",
    status: "active",
    lastSeen,
    linkedAt: lastSeen,
  };
  const given = device.session === undefined ? [] : [device.session];
  const sessions = [...(existing?.sessions ?? []), ...given].slice(-sessionLimit);
  const updated: Device = {
    id: existing?.id ?? newId(),
    type: device.type,
    guid: device.guid,
    clientId: client.id,
    status: "active",
    integrationId: device.integrationId,
    lastSeen,
    info: device.info ?? existing?.info,
    appVersion: device.appVersion ?? existing?.appVersion,
    pushNotificationToken: device.pushNotificationToken ?? existing?.pushNotificationToken,
    sessions: sessions.length === 0 ? undefined : sessions,
  };
  return {
    ...user,
    clients: [{ ...client, status: "active", lastSeen }, ...user.clients.filter(({ id }) => id !== client.id)],
    devices: [updated, ...user.devices.filter(({ guid }) => guid !== device.guid)].slice(0, deviceLimit),
  };
}

/**
 * Number of sessions of a device: a device asks again after a lost answer and gets another token; no honest device
 * needs more than a few.
 */
const sessionLimit = 4;

/** Finds the device that holds the session of this token. */
export function deviceOfSession(user: User, token: string): Device | undefined {
  const hash = sessionHash(token);
  return user.devices.find((device) => device.sessions?.includes(hash));
}

/** Tells whether a device is still the anonymous user's: it has not logged in or out since it got a session. */
export const holdsSession = (user: User, guid: string): boolean =>
  user.externalId === undefined &&
  user.devices.some((device) => device.guid === guid && (device.sessions?.length ?? 0) > 0);

/** Ends all sessions of a user: from then on a signed token is needed. */
export function withoutSessions(user: User): User {
  return { ...user, devices: user.devices.map((device) => ({ ...device, sessions: undefined })) };
}

/** Signs a device of the user out: it gets nothing any more, and its sessions end. */
export function withoutDevice(user: User, guid: string): User {
  return {
    ...user,
    devices: user.devices.map((device) =>
      device.guid === guid ? { ...device, status: "inactive", sessions: undefined } : device,
    ),
  };
}
