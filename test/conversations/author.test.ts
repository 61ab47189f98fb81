import { describe, expect, test } from "vitest";
import { authorOf, displayNameOf } from "../../lib/conversations/author.ts";
import { defaultSettings } from "../../lib/model/app.ts";
import type { Client } from "../../lib/model/client.ts";
import { newUser, type Profile, type User } from "../../lib/model/user.ts";

const animals = { ...defaultSettings, useAnimalNames: true };
const user = (profile: Profile = {}, clients: readonly Client[] = [], id = "1"): User => ({
  ...newUser("app", id, new Date(), { profile }),
  clients,
});
const client = (displayName?: string): Client => ({
  id: "client",
  type: "line",
  status: "active",
  linkedAt: "2026-01-01T00:00:00.000Z",
  ...(displayName === undefined ? {} : { displayName }),
});

describe("the name of an author", () => {
  test.each([
    [{ givenName: "Ada", surname: "Lovelace" }, "Ada Lovelace"],
    [{ givenName: "Ada" }, "Ada"],
    [{ surname: "Lovelace" }, "Lovelace"],
  ])("is the person's own: %j", (profile, name) => {
    expect(displayNameOf(user(profile, [client("ada@line")]), animals)).toBe(name);
  });

  test("is a channel's where the person gave none", () => {
    expect(displayNameOf(user({}, [client(), client("ada@line"), client("other")]), animals)).toBe("ada@line");
  });

  test("is a channel's where the person's own shows nothing", () => {
    expect(displayNameOf(user({ givenName: "\u3164", surname: "\u200b" }, [client("ada@line")]), animals)).toBe(
      "ada@line",
    );
  });

  test("is none, or with useAnimalNames one that stays the user's", () => {
    expect(displayNameOf(user(), defaultSettings)).toBeUndefined();
    expect(displayNameOf(user(), animals)).toBe(displayNameOf(user(), animals));
    const names = Array.from({ length: 200 }, (_, id) => displayNameOf(user({}, [], `${id}`), animals));
    expect(new Set(names).size).toBeGreaterThan(100);
    // Every name is of two words that are there.
    expect(names.filter((name) => !/^[A-Z][a-z]+ [A-Z][a-z]+$/.test(name ?? ""))).toEqual([]);
  });

  test("comes with the picture of the profile", () => {
    const profile = { givenName: "Ada", avatarUrl: "https://example.com/ada.png" };
    expect(authorOf(user(profile), defaultSettings)).toEqual({
      type: "user",
      userId: "1",
      displayName: "Ada",
      avatarUrl: profile.avatarUrl,
    });
  });
});
