import { describe, expect, test } from "vitest";
import { readSdkCredentials } from "../../lib/auth/userTokens.ts";
import { ApiError } from "../../lib/model/apiError.ts";
import type { ApiKey } from "../../lib/model/apiKey.ts";
import { signToken } from "../support/signToken.ts";

const now = new Date("2026-01-01T12:00:00Z");
const idOf = (scope: string, digit: string) => `${scope}_${digit.repeat(24)}`;
const keyOf = (id: string, scope: ApiKey["scope"], appId: string): ApiKey => ({
  id,
  secret: "secret",
  scope,
  displayName: "Key",
  appId,
});
const keys = [
  keyOf(idOf("app", "0"), "app", "1"),
  keyOf(idOf("app", "2"), "app", "2"),
  keyOf(idOf("int", "0"), "integration", "1"),
];
const find = async (keyId: string) => keys.find(({ id }) => id === keyId);
const read = (authorization: string | undefined) => readSdkCredentials(authorization, "1", find, now);

const token = (claims: object, id = idOf("app", "0")): string =>
  `Bearer ${signToken({ id, secret: "secret" }, claims, { typ: undefined })}`;

const session = (text: string) => `Basic ${Buffer.from(text).toString("base64")}`;

async function refusalOf(authorization: string): Promise<unknown> {
  try {
    return await read(authorization);
  } catch (error) {
    return error instanceof ApiError ? [error.code, ...error.titles] : error;
  }
}

describe("an SDK's credentials", () => {
  test.each([[undefined], [""], ["  "]])("are none for %j", async (authorization) => {
    expect(await read(authorization)).toBeUndefined();
  });

  test("are a session of a user", async () => {
    expect(await read(session("user:token"))).toEqual({ kind: "session", userId: "user", sessionToken: "token" });
  });

  test.each([
    ["the scope user", { scope: "user", external_id: "ann" }],
    ["the older names", { scope: "appUser", userId: "ann" }],
  ])("are a token with %s", async (_, claims) => {
    expect(await read(token(claims))).toMatchObject({ kind: "token", externalId: "ann" });
  });

  const email = "ann@example.org";
  test.each([
    [
      { email, email_verified: true, name: "Ann" },
      { email, emailVerified: true, name: "Ann" },
    ],
    [{ email }, { email, emailVerified: false }],
    [
      { email, email_verified: false },
      { email, emailVerified: false },
    ],
    [
      { email, email_verified: "true" },
      { email, emailVerified: false },
    ],
    [{ email: 7, email_verified: true }, { emailVerified: true }],
    [{ name: 7 }, { emailVerified: false }],
  ])("take from a token with %j no more than %j of the person", async (claims, kept) => {
    const credentials = await read(token({ scope: "user", external_id: "ann", ...claims }));
    expect(credentials).toEqual({ kind: "token", externalId: "ann", claims: kept });
  });

  const person = "Invalid JWT. The external_id must be a string";
  test.each([
    ["another scheme", "Digest abc", "Invalid credentials"],
    ["three words", `${session("user:token")} more`, "Invalid credentials"],
    ["a session without a token", session("user:"), "Invalid session"],
    ["a session without a user", session(":token"), "Invalid session"],
    ["a session without a colon", session("user"), "Invalid session"],
    ["another scope", token({ scope: "app", external_id: "ann" }), "Invalid JWT. The scope must be user"],
    ["no scope", token({ external_id: "ann" }), "Invalid JWT. The scope must be user"],
    ["no person", token({ scope: "user" }), person],
    ["a person who is no text", token({ scope: "user", external_id: 7 }), person],
    ["a person without a name", token({ scope: "user", external_id: "" }), person],
    ["a name of more than 1024 characters", token({ scope: "user", external_id: "a".repeat(1025) }), person],
    ["half a character", token({ scope: "user", external_id: "\ud800" }), person],
    ["a key of another app", token({ scope: "user", external_id: "ann" }, idOf("app", "2")), "Invalid JWT"],
    ["a key of an integration", token({ scope: "user", external_id: "ann" }, idOf("int", "0")), "Invalid JWT"],
    ["an unknown key", token({ scope: "user", external_id: "ann" }, idOf("app", "9")), "Invalid JWT"],
  ])("are refused with %s", async (_, authorization, title) => {
    expect(await refusalOf(authorization)).toEqual(["invalid_auth", title]);
  });

  test("name somebody of 1024 characters", async () => {
    expect(await read(token({ scope: "user", external_id: "a".repeat(1024) }))).toMatchObject({ kind: "token" });
  });

  test("that cannot be looked up are a fault and no refusal", async () => {
    const broken = () => Promise.reject(new Error("out of reach"));
    const credentials = readSdkCredentials(token({ scope: "user", external_id: "ann" }), "1", broken, now);
    await expect(credentials).rejects.toThrow("out of reach");
  });
});
