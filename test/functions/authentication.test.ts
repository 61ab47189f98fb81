import { createSign, generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import { basic } from "../support/caller.ts";
import { hmac, type Signature, signToken } from "../support/signToken.ts";
import { startTestServer } from "../support/startTestServer.ts";

const server = await startTestServer();
const app = await server.newApp();

const now = () => Math.floor(Date.now() / 1000);
const token = (claims: object, header?: object, signature?: Signature) =>
  `Bearer ${signToken(app.key, claims, header, signature)}`;
const get = (authorization?: string) =>
  server.as().send("GET", `/v2/apps/${app.id}`, authorization === undefined ? {} : { headers: { authorization } });

describe("a server-to-server call", () => {
  test("is let in with Basic credentials or a token of the key's own scope", async () => {
    expect(await get(basic(app.key))).toMatchObject({ status: 200 });
    expect(await get(token({ scope: "app" }))).toMatchObject({ status: 200 });
    expect(
      await get(token({ scope: "account" }, { kid: server.accountKey.id }, hmac(server.accountKey.secret))),
    ).toMatchObject({ status: 200 });
  });

  test("is let in up to a minute beyond a token's times", async () => {
    expect(await get(token({ scope: "app", exp: now() - 30, nbf: now() + 30 }))).toMatchObject({
      status: 200,
    });
  });

  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
  const refused: Readonly<Record<string, () => string | undefined>> = {
    "without credentials": () => undefined,
    "with an empty header": () => "",
    "with another scheme": () => "Digest abc",
    "with malformed Basic credentials": () => "Basic !!!",
    "with Basic credentials without a colon": () => `Basic ${Buffer.from("nobody").toString("base64")}`,
    "with an unknown key": () => basic({ id: `app_${"0".repeat(24)}`, secret: "x" }),
    "with a key id of no kind": () => basic({ id: "root", secret: "x" }),
    "with a wrong secret": () => basic({ id: app.key.id, secret: `${app.key.secret}x` }),
    "with an empty secret": () => basic({ id: app.key.id, secret: "" }),
    "with no JWT at all": () => "Bearer abc",
    "with alg none": () => token({ scope: "app" }, { alg: "none" }, () => ""),
    "with HS512": () => token({ scope: "app" }, { alg: "HS512" }, hmac(app.key.secret, "sha512")),
    "with RS256": () =>
      token({ scope: "app" }, { alg: "RS256" }, (head) => createSign("sha256").update(head).sign(rsa, "base64url")),
    "with a signature of another secret": () => token({ scope: "app" }, {}, hmac("another")),
    "without kid": () => token({ scope: "app" }, { kid: undefined }),
    "with the kid of an unknown key": () => token({ scope: "app" }, { kid: `app_${"0".repeat(24)}` }),
    "with an expired token": () => token({ scope: "app", exp: now() - 90 }),
    "with a token that is not valid yet": () => token({ scope: "app", nbf: now() + 90 }),
    "with a token without scope": () => token({}),
    "with a token of the account's scope under an app's key": () => token({ scope: "account" }),
    "with a user's token": () => token({ scope: "user", external_id: "a" }),
  };
  test.each(Object.keys(refused))("%s is refused", async (name) => {
    expect(await get(refused[name]?.())).toMatchObject({ status: 401, body: { errors: [{ code: "unauthorized" }] } });
  });

  test("with a valid key of another app is forbidden", async () => {
    const other = await server.newApp();
    expect(await get(basic(other.key))).toMatchObject({
      status: 403,
      body: { errors: [{ code: "forbidden" }] },
    });
  });
});
