import { describe, expect, test } from "vitest";
import { type Client, type Device, devicesBySeen } from "../../lib/model/client.ts";
import {
  boundedInfo,
  type DeviceDescription,
  deviceOfSession,
  holdsSession,
  pushToken,
  sdkClient,
  sessionHash,
  withDevice,
  withoutDevice,
  withoutSessions,
  withSdkClient,
} from "../../lib/model/device.ts";
import { newUser, type User } from "../../lib/model/user.ts";

const now = new Date("2026-01-01T00:00:00.000Z");
const seen = now.toISOString();
const later = new Date("2026-01-02T00:00:00.000Z");
const anybody = newUser("app", "1", now);
const phone: DeviceDescription = { guid: "phone", type: "ios", integrationId: "one" };
const line: Client = { id: "line", type: "line", status: "active", linkedAt: seen };
const ids = () => {
  let count = 0;
  return () => `new${++count}`;
};

describe("a device seen for the first time", () => {
  test("comes under an sdk client that is made for it", () => {
    const user = withDevice({ ...anybody, clients: [line] }, phone, now, ids());
    expect(user.clients).toEqual([{ id: "new1", type: "sdk", status: "active", lastSeen: seen, linkedAt: seen }, line]);
    expect(user.devices).toEqual([
      {
        id: "new2",
        guid: "phone",
        type: "ios",
        clientId: "new1",
        status: "active",
        integrationId: "one",
        lastSeen: seen,
      },
    ]);
  });

  test("comes under the user's one sdk client, first of the list", () => {
    const one = withDevice({ ...anybody, clients: [line] }, phone, now, ids());
    const two = withDevice(one, { ...phone, guid: "tablet" }, later, () => "tablet");
    expect(two.clients).toEqual([{ ...sdkClient(one), lastSeen: later.toISOString() }, line]);
    expect(two.devices.map(({ id, clientId }) => [id, clientId])).toEqual([
      ["tablet", "new1"],
      ["new2", "new1"],
    ]);
  });

  test("pushes out the one that was longest unseen, beyond twenty", () => {
    const guids = Array.from({ length: 21 }, (_, index) => `guid${index}`);
    const user = guids.reduce((all, guid) => withDevice(all, { ...phone, guid }, now, ids()), anybody);
    expect(user.devices.map(({ guid }) => guid)).toEqual(guids.slice(1).reverse());
  });
});

describe("a device seen again", () => {
  const told = { ...phone, info: { os: "iOS" }, appVersion: "1", pushNotificationToken: "push" };
  const known = withDevice(anybody, told, now, ids());

  test("keeps its id and what it does not say anew", () => {
    expect(withDevice(known, phone, later, () => "no new id").devices).toEqual([
      { ...known.devices[0], lastSeen: later.toISOString() },
    ]);
  });

  test("is as it describes itself now", () => {
    const next: DeviceDescription = {
      guid: "phone",
      type: "android",
      integrationId: "two",
      info: { os: "Android" },
      appVersion: "2",
      pushNotificationToken: "other",
    };
    expect(withDevice(known, next, later, () => "no new id").devices).toEqual([
      { ...known.devices[0], ...next, lastSeen: later.toISOString() },
    ]);
  });

  test("is active again, and so is the client", () => {
    const away: User = {
      ...withoutDevice(known, "phone"),
      clients: known.clients.map((client) => ({ ...client, status: "inactive" })),
    };
    const back = withDevice(away, phone, later, ids());
    expect([back.clients[0]?.status, back.devices[0]?.status]).toEqual(["active", "active"]);
  });
});

describe("a session", () => {
  const user = withDevice(
    withDevice(anybody, { ...phone, session: sessionHash("a") }, now, ids()),
    { ...phone, session: sessionHash("b") },
    now,
    ids(),
  );

  test("is found by its token, beside those the device had", () => {
    expect(deviceOfSession(user, "a")).toBe(user.devices[0]);
    expect(deviceOfSession(user, "b")).toBe(user.devices[0]);
    expect(deviceOfSession(user, "c")).toBeUndefined();
    expect(deviceOfSession(withDevice(anybody, phone, now, ids()), "a")).toBeUndefined();
  });

  test("is stored as a hash, four of a device at most", () => {
    const five = ["c", "d", "e"].reduce(
      (all, token) => withDevice(all, { ...phone, session: sessionHash(token) }, now, ids()),
      user,
    );
    expect(five.devices[0]?.sessions).toEqual(["b", "c", "d", "e"].map(sessionHash));
    expect(sessionHash("b")).toMatch(/^[\w-]{43}$/);
  });

  test("is held by a device of an anonymous user", () => {
    expect(holdsSession(user, "phone")).toBe(true);
    expect(holdsSession(user, "tablet")).toBe(false);
    expect(holdsSession(withDevice(user, { ...phone, guid: "tablet" }, now, ids()), "phone")).toBe(true);
    expect(holdsSession({ ...user, externalId: "ada" }, "phone")).toBe(false);
    expect(holdsSession(withoutSessions(user), "phone")).toBe(false);
    const [device] = user.devices;
    expect(holdsSession({ ...user, devices: [{ ...device, sessions: [] } as Device] }, "phone")).toBe(false);
  });

  test("ends for all devices, or for the one that signs out", () => {
    const two = withDevice(user, { ...phone, guid: "tablet", session: sessionHash("t") }, now, ids());
    expect(withoutSessions(two).devices.map(({ sessions, status }) => [sessions, status])).toEqual([
      [undefined, "active"],
      [undefined, "active"],
    ]);
    expect(withoutDevice(two, "phone").devices.map(({ sessions, status }) => [sessions, status])).toEqual([
      [[sessionHash("t")], "active"],
      [undefined, "inactive"],
    ]);
  });
});

test("a user has one sdk client, made when there is none", () => {
  const user = withSdkClient({ ...anybody, clients: [line] }, now, () => "sdk");
  expect(user.clients).toEqual([{ id: "sdk", type: "sdk", status: "active", lastSeen: seen, linkedAt: seen }, line]);
  expect(withSdkClient(user, now, () => "another")).toBe(user);
});

describe("what is kept of a device's info", () => {
  test("are texts of names that can be", () => {
    const name = "n".repeat(64);
    const info = { os: "iOS", [name]: "a", [`${name}n`]: "b", "\ud800": "c", number: 1, empty: "" };
    expect(boundedInfo(info)).toEqual({ os: "iOS", [name]: "a", empty: "" });
    expect(boundedInfo({ number: 1 })).toBeUndefined();
    expect(boundedInfo(undefined)).toBeUndefined();
  });

  test("are twenty at most, of 512 characters each and 4096 bytes together", () => {
    const many = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`name${index}`, "a"]));
    expect(Object.keys(boundedInfo(many) ?? {})).toEqual(Object.keys(many).slice(0, 20));
    expect(boundedInfo({ a: "x".repeat(600) })?.a).toHaveLength(512);
    const large = { a: "é".repeat(512), b: "é".repeat(512), c: "é".repeat(512), d: "é".repeat(512), e: "x" };
    expect(Object.keys(boundedInfo(large) ?? {})).toEqual(["a", "b", "c"]);
    const full = { a: "é".repeat(512), b: "é".repeat(512), c: "é".repeat(512), d: "x".repeat(512), e: "x".repeat(476) };
    expect(Buffer.byteLength(JSON.stringify(full))).toBe(4096);
    expect(boundedInfo(full)).toEqual(full);
    expect(Object.keys(boundedInfo({ ...full, e: "x".repeat(477) }) ?? {})).toEqual(["a", "b", "c", "d"]);
  });
});

describe("a push token", () => {
  test.each(["a", "!~", "x".repeat(4096)])("is printable and bounded", (token) => {
    expect(pushToken(token)).toBe(token);
  });

  test.each([null, undefined, "", " ", "a b", "é", "a\n", "x".repeat(4097)])(
    "is none of what no platform makes",
    (token) => {
      expect(pushToken(token)).toBeUndefined();
    },
  );
});

test("devices are listed with the one seen last first", () => {
  const device = (id: string, lastSeen: string) => ({ id, lastSeen }) as Device;
  const devices = [device("a", "2"), device("b", "3"), device("c", "1"), device("d", "3"), device("e", "2")];
  expect(devicesBySeen(devices).map(({ id }) => id)).toEqual(["b", "d", "a", "e", "c"]);
});
