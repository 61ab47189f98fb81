import { describe, expect, test } from "vitest";
import { channelPerson } from "../../../lib/channels/kit/channelPerson.ts";

describe("a person as a channel tells of one", () => {
  test("has every usable part, and each further id once", () => {
    expect(
      channelPerson({
        externalId: "1",
        aliases: ["2", undefined, "1", "2", "3"],
        displayName: "Ada",
        givenName: "Ada",
        surname: "Lovelace",
        email: "ada@example.com",
        locale: "en-GB",
        avatarUrl: "https://example.com/ada.png",
        info: { username: "ada", none: undefined },
        raw: { id: 1, none: undefined },
      }),
    ).toStrictEqual({
      externalId: "1",
      aliases: ["2", "3"],
      displayName: "Ada",
      givenName: "Ada",
      surname: "Lovelace",
      email: "ada@example.com",
      locale: "en-GB",
      avatarUrl: "https://example.com/ada.png",
      info: { username: "ada" },
      raw: { id: 1 },
    });
  });

  test("has nothing else where that is all", () => {
    const nobody = { externalId: "1", aliases: [] };
    expect(channelPerson({ externalId: "1" })).toStrictEqual(nobody);
    const unusable = { displayName: 1, givenName: null, surname: [], email: {}, locale: true, avatarUrl: "ftp://a" };
    expect(channelPerson({ externalId: "1", ...unusable, info: { a: "" }, raw: {} })).toStrictEqual(nobody);
  });

  test("is cut to the limits of a profile, except for an address, which would be another one", () => {
    const long = "x".repeat(3000);
    const longest = `${"a".repeat(116)}@example.com`;
    const person = channelPerson({
      externalId: "1",
      displayName: long,
      givenName: long,
      surname: long,
      email: longest,
      info: { a: long },
    });
    expect(person.displayName).toHaveLength(1024);
    expect(person.givenName).toHaveLength(128);
    expect(person.surname).toHaveLength(128);
    expect(person.info?.a).toHaveLength(256);
    expect(person.email).toBe(longest);
    expect(channelPerson({ externalId: "1", email: `a${longest}` }).email).toBeUndefined();
  });
});
