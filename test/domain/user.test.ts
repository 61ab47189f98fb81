import { describe, expect, test } from "vitest";
import { defaultSettings, publicApp } from "../../lib/domain/app.ts";
import { type Client, type Device, publicClient, publicDevice } from "../../lib/domain/client.ts";
import {
  changeUser,
  mergeProfile,
  newUser,
  publicUser,
  type User,
  withoutPersonalInformation,
} from "../../lib/domain/user.ts";

const now = new Date("2026-01-01T00:00:00.000Z");
const profile = {
  givenName: "Ada",
  surname: "Lovelace",
  email: "ada@example.com",
  avatarUrl: "https://example.com/ada.png",
  locale: "en-GB",
};
const fields = { externalId: "ada", brandId: "brand", signedUpAt: "2025-01-01T00:00:00.000Z", toBeRetained: true };
const client: Client = {
  id: "client",
  type: "line",
  status: "active",
  integrationId: "line",
  externalId: "1",
  linkedAt: now.toISOString(),
  lastSeen: now.toISOString(),
  displayName: "Ada",
  avatarUrl: "https://example.com/ada.png",
  info: { a: 1 },
  raw: { b: 1 },
  aliases: ["2"],
  conversationId: "conversation",
};
const device: Device = {
  id: "device",
  type: "web",
  guid: "guid",
  clientId: "sdk",
  status: "active",
  integrationId: "web",
  lastSeen: now.toISOString(),
  info: { os: "Linux" },
  appVersion: "1",
  pushNotificationToken: "push",
  sessions: ["hash"],
};
const ada: User = {
  ...newUser("app", "1", now, { ...fields, profile, metadata: { a: 1, b: 1 } }),
  identities: [{ type: "email", value: "ada@example.com", verification: "embed" }],
  clients: [client],
  devices: [device],
};

describe("a user", () => {
  test("begins anonymous, or with what a caller says of it", () => {
    const anybody = { id: "1", appId: "app", authenticated: false, identities: [], clients: [], devices: [] };
    const nothing = { signedUpAt: now.toISOString(), profile: {}, metadata: {} };
    expect(newUser("app", "1", now)).toStrictEqual({ ...anybody, ...nothing });
    expect(newUser("app", "1", now, { ...fields, profile, metadata: { a: 1 } })).toStrictEqual({
      ...anybody,
      ...fields,
      profile,
      metadata: { a: 1 },
    });
    expect(() => newUser("app", "1", now, { metadata: { a: "x".repeat(5000) } })).toThrow("User metadata");
  });

  test("changes in what is given: profile and metadata merge, null clears, what is absent stays", () => {
    expect(changeUser(ada, {})).toEqual(ada);
    const change = { signedUpAt: "2024-01-01T00:00:00.000Z", toBeRetained: false };
    expect(changeUser(ada, { ...change, profile: { surname: null }, metadata: { b: null, c: 2 } })).toEqual({
      ...ada,
      ...change,
      profile: { ...profile, surname: undefined },
      metadata: { a: 1, c: 2 },
    });
    expect(changeUser(ada, { metadata: null }).metadata).toEqual({});
    expect(() => changeUser(ada, { metadata: { c: "x".repeat(5000) } })).toThrow("User metadata");
  });

  test("has no field of a profile that is null or undefined", () => {
    const undefinedGivenName = { givenName: undefined } as object;
    expect(mergeProfile({ surname: "Lovelace", ...undefinedGivenName }, { surname: null, locale: "en" })).toStrictEqual(
      {
        locale: "en",
      },
    );
  });

  test("keeps ids, and nothing that tells who it is, without personal information", () => {
    const { displayName: _, avatarUrl: __, info: ___, raw: ____, ...bareClient } = client;
    const { info: _____, ...bareDevice } = device;
    expect(withoutPersonalInformation(ada)).toStrictEqual({
      ...ada,
      profile: {},
      metadata: {},
      identities: [],
      clients: [bareClient],
      devices: [bareDevice],
    });
  });

  test("is shown with every field of the API that it has", () => {
    expect(publicUser(ada)).toStrictEqual({
      id: "1",
      authenticated: false,
      ...fields,
      hasPaymentInfo: false,
      identities: ada.identities,
      profile,
      metadata: { a: 1, b: 1 },
    });
    expect(publicUser(newUser("app", "1", now))).toStrictEqual({
      id: "1",
      authenticated: false,
      signedUpAt: now.toISOString(),
      hasPaymentInfo: false,
      identities: [],
      profile: {},
      metadata: {},
    });
  });
});

test("a client is shown without what is ours", () => {
  const { aliases: _, conversationId: __, ...shown } = client;
  expect(publicClient(client)).toEqual(shown);
});

test("a device is shown without what authenticates it", () => {
  const { sessions: _, ...shown } = device;
  expect(publicDevice(device)).toEqual(shown);
});

test("an app is shown without its salt, and with metadata only where it has any", () => {
  const app = { id: "app", displayName: "App", settings: defaultSettings, metadata: {}, salt: "secret" };
  const shown = { id: "app", displayName: "App", settings: defaultSettings };
  expect(publicApp(app)).toStrictEqual(shown);
  expect(publicApp({ ...app, metadata: { a: 1 } })).toStrictEqual({ ...shown, metadata: { a: 1 } });
});
