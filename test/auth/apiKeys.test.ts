import { describe, expect, test } from "vitest";
import { authenticateApiKey, parseBasic } from "../../lib/auth/apiKeys.ts";
import { ApiError } from "../../lib/model/apiError.ts";
import type { ApiKey } from "../../lib/model/apiKey.ts";
import { signToken } from "../support/signToken.ts";

const now = new Date("2026-01-01T12:00:00Z");
const seconds = now.getTime() / 1000;
const key: ApiKey = {
  id: `app_${"0".repeat(24)}`,
  secret: "secret:with a colon",
  scope: "app",
  displayName: "Key",
  appId: "1",
};
const find = async (keyId: string) => (keyId === key.id ? key : undefined);
const authenticate = (authorization: string | undefined) => authenticateApiKey(authorization, find, now);

const basic = (text: string) => `Basic ${Buffer.from(text).toString("base64")}`;

const bearer = (claims: object, header: object = {}, secret = key.secret): string =>
  `Bearer ${signToken({ id: key.id, secret }, claims, header)}`;

async function refusalOf(authorization: string | undefined): Promise<unknown> {
  try {
    return await authenticate(authorization);
  } catch (error) {
    return error instanceof ApiError ? [error.code, ...error.titles] : error;
  }
}

describe("an API key", () => {
  test.each([
    ["Basic", basic(`${key.id}:${key.secret}`)],
    ["Basic, in another spelling and with spaces", `  bAsIc   ${basic(`${key.id}:${key.secret}`).slice(6)} `],
    ["a token", bearer({ scope: "app" })],
    ["a token, in another spelling", bearer({ scope: "app" }).replace("Bearer", "bEARER")],
    ["a token that ended less than a minute ago", bearer({ scope: "app", exp: seconds - 59 })],
    ["a token that begins in less than a minute", bearer({ scope: "app", nbf: seconds + 59 })],
    ["a token whose other claims are in forms of their own", bearer({ scope: "app", iat: "today", iss: 7, aud: {} })],
    ["a token that says to be of later", bearer({ scope: "app", iat: seconds + 9999 })],
  ])("is proven by %s", async (_, authorization) => {
    expect(await authenticate(authorization)).toBe(key);
  });

  test("is proven by its second token as by the first", async () => {
    expect(await authenticate(bearer({ scope: "app", turn: 1 }))).toBe(key);
    expect(await authenticate(bearer({ scope: "app", turn: 2 }))).toBe(key);
    const renewed = { ...key, secret: "renewed" };
    const other = authenticateApiKey(bearer({ scope: "app" }, {}, "renewed"), async () => renewed, now);
    expect(await other).toBe(renewed);
  });

  const missing = "Authorization is required";
  const wrong = "Invalid credentials";
  const invalid = "Invalid JWT";
  test.each<[means: string, authorization: string | undefined, title: string]>([
    ["nothing", undefined, missing],
    ["an empty header", "", missing],
    ["a scheme alone", "Basic", missing],
    ["another scheme", "Digest abc", missing],
    ["another scheme with a token", bearer({ scope: "app" }).replace("Bearer", "Digest"), missing],
    ["three words", `${bearer({ scope: "app" })} more`, missing],
    ["what is no base64", "Basic ***", wrong],
    ["no colon", basic(key.id), wrong],
    ["an unknown key id", basic(`app_${"1".repeat(24)}:${key.secret}`), wrong],
    ["what is no key id", basic(`nobody:${key.secret}`), wrong],
    ["another secret", basic(`${key.id}:other`), wrong],
    ["no secret", basic(`${key.id}:`), wrong],
    ["a token of three words that are none", "Bearer a.b.c", invalid],
    ["a token of another secret", bearer({ scope: "app" }, {}, "other"), invalid],
    ["a token of an unknown key", bearer({ scope: "app" }, { kid: `app_${"1".repeat(24)}` }), invalid],
    ["a token of no key", bearer({ scope: "app" }, { kid: undefined }), "Invalid JWT header. The kid must be a key id"],
    [
      "a token whose kid is none",
      bearer({ scope: "app" }, { kid: "x" }),
      "Invalid JWT header. The kid must be a key id",
    ],
    [
      "a token whose kid is a number",
      bearer({ scope: "app" }, { kid: 7 }),
      "Invalid JWT header. The kid must be a key id",
    ],
    [
      "a token of another algorithm",
      bearer({ scope: "app" }, { alg: "HS512" }),
      "Invalid JWT header. The algorithm must be HS256",
    ],
    ["an unsigned token", bearer({ scope: "app" }, { alg: "none" }), "Invalid JWT header. The algorithm must be HS256"],
    ["a token that ended", bearer({ scope: "app", exp: seconds - 61 }), "Invalid JWT. It has expired"],
    ["a token that has yet to begin", bearer({ scope: "app", nbf: seconds + 61 }), invalid],
    ["a token whose end is a text", bearer({ scope: "app", exp: String(seconds + 60) }), invalid],
    ["a token whose beginning is nothing", bearer({ scope: "app", nbf: null }), invalid],
    ["a token of a list of claims", bearer([{ scope: "app" }]), invalid],
    ["a token without a scope", bearer({}), "Invalid JWT body. The scope claim is missing or unknown"],
    ["an unknown scope", bearer({ scope: "all" }), "Invalid JWT body. The scope claim is missing or unknown"],
    ["a scope that is no text", bearer({ scope: ["app"] }), "Invalid JWT body. The scope claim is missing or unknown"],
    ...["account", "integration", "user"].map((scope): [string, string, string] => [
      `the scope ${scope}`,
      bearer({ scope }),
      `Invalid JWT body. Cannot use ${scope} scope with app secret key`,
    ]),
  ])("is not proven by %s", async (_, authorization, title) => {
    expect(await refusalOf(authorization)).toEqual(["unauthorized", title]);
  });

  test("with an empty secret is proven by nothing", async () => {
    const empty = async () => ({ ...key, secret: "" });
    await expect(authenticateApiKey(basic(`${key.id}:`), empty, now)).rejects.toBeInstanceOf(ApiError);
  });

  test("that cannot be looked up is a fault and no refusal", async () => {
    const broken = () => Promise.reject(new Error("out of reach"));
    for (const authorization of [basic(`${key.id}:x`), bearer({ scope: "app" })])
      await expect(authenticateApiKey(authorization, broken, now)).rejects.toThrow("out of reach");
  });
});

describe("Basic credentials", () => {
  test("are split at the first colon", () => {
    expect(parseBasic(Buffer.from("name:pass:word").toString("base64"))).toEqual({
      name: "name",
      password: "pass:word",
    });
  });

  test("are text in UTF-8, in either base64 and with or without padding", () => {
    for (const encoding of ["base64", "base64url"] as const)
      expect(parseBasic(Buffer.from("ü?>:ÿ").toString(encoding))).toEqual({ name: "ü?>", password: "ÿ" });
  });
});
