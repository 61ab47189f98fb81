import { describe, expect, test } from "vitest";
import { type Claims, comparableEmail, identityOf, verifiedEmail, withClaims } from "../../lib/model/claims.ts";
import { newUser, type Profile, type User } from "../../lib/model/user.ts";

const signedUpAt = new Date();
const user = (profile: Profile = {}, ...emails: readonly string[]): User => ({
  ...newUser("app", "1", signedUpAt, { profile }),
  identities: emails.map((value) => ({ type: "email", value, verification: "embed" })),
});
const verified = (email: string): Claims => ({ email, emailVerified: true });

describe("the address that a token proves", () => {
  test("is the claimed one, if the token says that it is verified", () => {
    expect(verifiedEmail(verified("ada@example.com"))).toBe("ada@example.com");
    expect(verifiedEmail({ email: "ada@example.com" })).toBeUndefined();
    expect(verifiedEmail({ email: "ada@example.com", emailVerified: false })).toBeUndefined();
    expect(verifiedEmail({ emailVerified: true })).toBeUndefined();
  });

  test.each(["ada", "@example.com", "ada@", "ada@b@c", "ada b@example.com", "ada@exam ple.com", ""])(
    "is none for what cannot be an address: %j",
    (email) => {
      expect(verifiedEmail(verified(email))).toBeUndefined();
    },
  );

  test("has 128 characters at most, and is not cut", () => {
    const longest = `${"a".repeat(116)}@example.com`;
    expect(verifiedEmail(verified(longest))).toBe(longest);
    expect(verifiedEmail(verified(`a${longest}`))).toBeUndefined();
  });
});

describe("an identity", () => {
  test("is found whatever the case and composition of the address", () => {
    expect(comparableEmail("Zoe\u0308@Example.COM")).toBe("zo\u00eb@example.com");
    const known = user({}, "other@example.com", "Zo\u00eb@example.com");
    expect(identityOf(known, "zoe\u0308@EXAMPLE.com")).toBe(known.identities[1]);
    expect(identityOf(known, "zoe@example.com")).toBeUndefined();
  });
});

describe("a sign-in with claims", () => {
  test("makes a verified address an identity, and fills an empty profile", () => {
    expect(withClaims(user(), { ...verified("ada@example.com"), name: "Ada King Lovelace" })).toMatchObject({
      profile: { email: "ada@example.com", givenName: "Ada", surname: "King Lovelace" },
      identities: [{ type: "email", value: "ada@example.com", verification: "embed" }],
    });
  });

  test("fills the profile with an address that is not verified, which is nobody's identity", () => {
    expect(withClaims(user(), { email: "ada@example.com" })).toMatchObject({
      profile: { email: "ada@example.com" },
      identities: [],
    });
  });

  test("keeps what the profile says, field by field", () => {
    const claims = { email: "new@example.com", name: "New Name" };
    expect(withClaims(user({ email: "old@example.com" }), claims).profile).toEqual({
      email: "old@example.com",
      givenName: "New",
      surname: "Name",
    });
    // A name is of two parts that belong together.
    expect(withClaims(user({ givenName: "Old" }), claims).profile).toEqual({
      email: "new@example.com",
      givenName: "Old",
    });
    expect(withClaims(user({ surname: "Old" }), claims).profile).toEqual({ email: "new@example.com", surname: "Old" });
  });

  test("is the same user where it says nothing new", () => {
    const known = user({ email: "ada@example.com", givenName: "Ada" }, "ada@example.com");
    expect(withClaims(known, { ...verified("ADA@example.com"), name: "Someone" })).toBe(known);
    expect(withClaims(user(), {})).toEqual(user());
    const nameless = user();
    expect(withClaims(nameless, { name: "  ", email: "none" })).toBe(nameless);
  });

  test("cuts the parts of a name to what a profile holds", () => {
    const { givenName, surname } = withClaims(user(), { name: `${"a".repeat(200)} ${"b".repeat(200)}` }).profile;
    expect([givenName?.length, surname?.length]).toEqual([128, 128]);
    expect(withClaims(user(), { name: "Ada" }).profile).toStrictEqual({ givenName: "Ada" });
  });

  test("gives a user ten identities at most", () => {
    const emails = Array.from({ length: 10 }, (_, index) => `ada${index}@example.com`);
    const ninth = user({ email: "ada@example.com" }, ...emails.slice(1));
    expect(withClaims(ninth, verified("new@example.com")).identities).toHaveLength(10);
    const full = user({ email: "ada@example.com" }, ...emails);
    expect(withClaims(full, verified("new@example.com"))).toBe(full);
    expect(withClaims({ ...full, profile: {} }, verified("new@example.com"))).toMatchObject({
      profile: { email: "new@example.com" },
      identities: full.identities,
    });
  });
});
