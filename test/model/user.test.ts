import { describe, expect, test } from "vitest";
import { changeUser, mergeProfile, newUser, withoutPersonalInformation } from "../../lib/model/user.ts";
import { ada, client, device, fields, now, profile } from "../support/ada.ts";

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
});
