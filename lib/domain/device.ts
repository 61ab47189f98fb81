import { createHash } from "node:crypto";
import { type Client, type Device, deviceLimit } from "./client.ts";
import { textOf } from "./providerValue.ts";
import type { User } from "./user.ts";

/** A device as its SDK describes it with a request. */
export interface DeviceDescription {
  readonly guid: string;
  readonly type: Device["type"];
  readonly integrationId: string;
  readonly info?: Readonly<Record<string, string>> | undefined;
  readonly appVersion?: string | undefined;
  readonly pushNotificationToken?: string | undefined;
}

/**
 * How much of a device's own description is kept: it comes from anybody's browser, and all devices of a user have to
 * find room in one item of 400 kB.
 */
const infoLimit = { keys: 20, nameLength: 64, characters: 512, bytes: 4096 } as const;

/** The user with an `sdk` client, which is made when there is none. */
export function withSdkClient(user: User, now: Date, newId: () => string): User {
  if (sdkClient(user)) return user;
  const seen = now.toISOString();
  return {
    ...user,
    clients: [{ id: newId(), type: "sdk", status: "active", lastSeen: seen, linkedAt: seen }, ...user.clients],
  };
}

/** The part of a device's `info` that is kept: whole characters, bounded in number, length and size. */
export function boundedInfo(
  info: Readonly<Record<string, unknown>> | undefined,
): Readonly<Record<string, string>> | undefined {
  let kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(info ?? {})) {
    const text = textOf(value, infoLimit.characters);
    if (text === undefined || name.length > infoLimit.nameLength || !name.isWellFormed()) continue;
    const larger = { ...kept, [name]: text };
    if (Object.keys(larger).length > infoLimit.keys || Buffer.byteLength(JSON.stringify(larger)) > infoLimit.bytes)
      break;
    kept = larger;
  }
  return Object.keys(kept).length === 0 ? undefined : kept;
}

/** A push token as the platforms make them, or none: printable, and of bounded length. */
export const pushToken = (token: string | null | undefined): string | undefined =>
  token && /^[\x21-\x7e]{1,4096}$/.test(token) ? token : undefined;

/** What is stored of a session token. */
export const sessionHash = (token: string): string => createHash("sha256").update(token).digest("base64url");

/** The user's one `sdk` client, which stands for all of the user's devices. */
export const sdkClient = (user: User): Client | undefined => user.clients.find((client) => client.type === "sdk");

/**
 * The user with this device active, seen now, under the user's one `sdk` client, which is made when there is none.
 *
 * @param session the hash of a session token that the device is given, on top of those it holds
 */
export function withDevice(
  user: User,
  device: DeviceDescription,
  now: Date,
  newId: () => string,
  session?: string,
): User {
  const seen = now.toISOString();
  const known = user.devices.find((one) => one.guid === device.guid);
  const client = sdkClient(user) ?? { id: newId(), type: "sdk", status: "active", lastSeen: seen, linkedAt: seen };
  const sessions = [...(known?.sessions ?? []), ...(session === undefined ? [] : [session])].slice(-sessionLimit);
  const updated: Device = {
    id: known?.id ?? newId(),
    type: device.type,
    guid: device.guid,
    clientId: client.id,
    status: "active",
    integrationId: device.integrationId,
    lastSeen: seen,
    info: device.info ?? known?.info,
    appVersion: device.appVersion ?? known?.appVersion,
    pushNotificationToken: device.pushNotificationToken ?? known?.pushNotificationToken,
    sessions: sessions.length === 0 ? undefined : sessions,
  };
  return {
    ...user,
    clients: [{ ...client, status: "active", lastSeen: seen }, ...user.clients.filter((one) => one.id !== client.id)],
    devices: [updated, ...user.devices.filter((one) => one.guid !== device.guid)].slice(0, deviceLimit),
  };
}

/** A device whose first answer was lost asks again and gets another token; more than a few are nobody's honest need. */
const sessionLimit = 4;

/** The device that holds the session of this token, if any does. */
export function deviceOfSession(user: User, token: string): Device | undefined {
  const hash = sessionHash(token);
  return user.devices.find((device) => device.sessions?.includes(hash));
}

/** Whether a device is still the anonymous user's: it has not logged in or out since it was given a session. */
export const holdsSession = (user: User, guid: string): boolean =>
  user.externalId === undefined &&
  user.devices.some((device) => device.guid === guid && (device.sessions?.length ?? 0) > 0);

/** The user without any session: from here on only a signed token speaks for the person. */
export function withoutSessions(user: User): User {
  return { ...user, devices: user.devices.map((device) => ({ ...device, sessions: undefined })) };
}

/** The user with this device signed out: it gets nothing any more, and its sessions are over. */
export function withoutDevice(user: User, guid: string): User {
  return {
    ...user,
    devices: user.devices.map((device) =>
      device.guid === guid ? { ...device, status: "inactive", sessions: undefined } : device,
    ),
  };
}
