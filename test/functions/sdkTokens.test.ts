import { createSign, generateKeyPairSync } from "node:crypto";
import { beforeEach, describe, expect, test } from "vitest";
import { getItem } from "../../lib/db/readItems.ts";
import { newIntegration, seenByBusiness } from "../support/business.ts";
import { basic } from "../support/caller.ts";
import { newDevice, type Session, sessionHeader, sessionOf } from "../support/newDevice.ts";
import { hmac, type Signature, signToken, userToken } from "../support/signToken.ts";
import { startTestServer } from "../support/startTestServer.ts";
import { unique } from "../support/unique.ts";

const server = await startTestServer();
const [app, foreign] = [await server.newApp(), await server.newApp()];
const integrationId = await newIntegration(app);
/** A person who is there, and what would be a thief's. */
let person: string;
let victim: string;
beforeEach(async () => {
  person = unique("someone");
  victim = (await device().login(person)).body.appUser._id;
});

const device = () => newDevice(server, app, integrationId);
const invalid = { status: 401, body: { error: { code: "invalid_auth", description: expect.any(String) } } };
const now = () => Math.floor(Date.now() / 1000);
const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const publicPem = publicKey.export({ type: "spki", format: "pem" }).toString();

/** A token with the claims of a good one, but with another header, or signed another way. */
const forge = (header: object, signature?: Signature): string =>
  signToken(app.key, { scope: "user", external_id: person }, header, signature);
const claims = (changed: object) => userToken(app, person, changed);

const attacks: Readonly<Record<string, () => string>> = {
  "with alg none": () => forge({ alg: "none" }, () => ""),
  "with alg none, spelled otherwise": () => forge({ alg: "nOnE" }, () => ""),
  "with alg none and the signature of a good token": () => forge({ alg: "none" }, hmac(app.key.secret)),
  "with an RS256 signature": () =>
    forge({ alg: "RS256" }, (head) => createSign("sha256").update(head).sign(privateKey, "base64url")),
  "with a public key as HMAC secret (RS256 key confusion)": () =>
    forge({ alg: "RS256", jwk: publicKey.export({ format: "jwk" }) }, hmac(publicPem)),
  "with HS512": () => forge({ alg: "HS512" }, hmac(app.key.secret, "sha512")),
  "with an empty secret": () => forge({}, hmac("")),
  "without a signature": () => forge({}, () => ""),
  "with a critical header that nobody knows": () => forge({ crit: ["x"], x: 1 }),
  "with changed claims": () => {
    const [head, , signature] = userToken(app, unique("someone")).split(".");
    return [head, userToken(app, person).split(".")[1], signature].join(".");
  },
  "signed by another app's key": () => userToken(foreign, person),
  "signed by another app's key, in the name of this app's": () =>
    userToken({ key: { id: app.key.id, secret: foreign.key.secret } }, person),
  "signed by the account's key": () => userToken({ key: server.accountKey }, person),
  "without kid": () => forge({ kid: undefined }),
  "with a kid that is no string": () => forge({ kid: 7 }),
  "with the kid of an unknown key": () => forge({ kid: `app_${"0".repeat(24)}` }),
  "with a kid that reaches elsewhere": () => forge({ kid: "app_../../../dev/null" }),
  "with a number as external_id": () => claims({ external_id: 7 }),
  "with an object as external_id": () => claims({ external_id: { toString: person } }),
  "with an empty external_id": () => claims({ external_id: "" }),
  "without external_id": () => claims({ external_id: undefined }),
  "that has expired": () => claims({ exp: now() - 90 }),
  "that is not yet valid": () => claims({ nbf: now() + 90 }),
  "whose expiry is no number": () => claims({ exp: "tomorrow" }),
  "without a scope": () => claims({ scope: undefined }),
  "with the scope app": () => claims({ scope: "app" }),
  "with the scope account": () => claims({ scope: "account" }),
  "with several scopes": () => claims({ scope: ["user"] }),
  "that is no JWT": () => "abc",
  "of five parts": () => "a.b.c.d.e",
};

describe("a token", () => {
  test.each(Object.keys(attacks))("%s is refused by every door and changes nothing", async (name) => {
    const token = attacks[name]?.() ?? "";
    const before = await seenByBusiness(app, victim);
    const thief = device();
    const anonymous = await thief.begin();
    const as = `Bearer ${token}`;
    // Whoever the body names: the person, or whom the token names.
    for (const userId of [person, "7", undefined])
      expect(
        await thief.call("POST", "/login", { body: { userId, client: thief.client, ...anonymous }, as }),
      ).toMatchObject(invalid);
    expect(await thief.call("POST", "/appusers", { body: { client: thief.client }, as })).toMatchObject(invalid);
    expect(await thief.call("GET", `/appusers/${victim}`, { as })).toMatchObject(invalid);
    expect(await thief.call("PUT", `/appusers/${victim}`, { body: { givenName: "X" }, as })).toMatchObject(invalid);
    expect(
      await thief.call("POST", `/appusers/${victim}/conversations`, { body: { client: thief.client }, as }),
    ).toMatchObject(invalid);
    expect(
      await thief.call("POST", `/appusers/${victim}/logout`, { body: { client: thief.client }, as }),
    ).toMatchObject(invalid);
    expect(await thief.call("GET", `/appusers/${victim}/conversations`, { as })).toMatchObject(invalid);
    expect(await seenByBusiness(app, victim)).toEqual(before);
    expect(await seenByBusiness(app, "7")).toBe(404);
    expect(await seenByBusiness(app, anonymous.appUserId)).toMatchObject({ authenticated: false });
    expect((await thief.resume(anonymous)).status).toBe(200);
    expect(await seenByBusiness(foreign, person)).toBe(404);
  });

  test("is good up to a minute beyond its times, since clocks differ", async () => {
    const reply = await device().login(person, undefined, claims({ exp: now() - 30, nbf: now() + 30 }));
    expect(reply).toMatchObject({ status: 200, body: { appUser: { _id: victim } } });
  });

  test("for one person does not log another one in", async () => {
    const browser = device();
    const other = unique("someone");
    expect(await browser.login(other, undefined, userToken(app, person))).toMatchObject(invalid);
    expect(await browser.login(person.toUpperCase(), undefined, userToken(app, person))).toMatchObject(invalid);
    expect(await seenByBusiness(app, other)).toBe(404);
  });

  test("signed by a key that was deleted is refused from then on, in a session under way too", async () => {
    const { body } = await server.account.post<{ key: { id: string; secret: string } }>(`/v2/apps/${app.id}/keys`, {
      displayName: "Short-lived",
    });
    const token = userToken({ key: body.key }, person);
    const browser = device();
    expect((await browser.login(person, undefined, token)).status).toBe(200);
    await server.account.delete(`/v2/apps/${app.id}/keys/${body.key.id}`);
    expect(await browser.login(person, undefined, token)).toMatchObject(invalid);
    expect(await browser.call("GET", `/appusers/${victim}`, { as: `Bearer ${token}` })).toMatchObject(invalid);
    // Another key of the app still speaks for the same person.
    expect((await browser.login(person)).body.appUser._id).toBe(victim);
  });

  test("of a user opens no business's door, and a business's key no user's", async () => {
    const token = userToken(app, person);
    expect(
      await server.as().get(`/v2/apps/${app.id}/users/${victim}`, undefined, { authorization: `Bearer ${token}` }),
    ).toMatchObject({ status: 401 });
    expect(await device().call("GET", `/appusers/${victim}`, { as: basic(app.key) })).toMatchObject(invalid);
  });
});

describe("a session", () => {
  const doors = (
    browser: ReturnType<typeof device>,
    session: Session,
    as: string | Session = session,
    conversationId = "0".repeat(24),
  ) => [
    browser.call("GET", `/appusers/${session.appUserId}`, { as }),
    browser.call("PUT", `/appusers/${session.appUserId}`, { body: { givenName: "X" }, as }),
    browser.call("GET", `/appusers/${session.appUserId}/conversations`, { as }),
    browser.call("POST", `/appusers/${session.appUserId}/conversations`, { body: { client: browser.client }, as }),
    browser.call("POST", `/appusers/${session.appUserId}/logout`, { body: { client: browser.client }, as }),
    browser.call("POST", "/appusers", { body: { client: browser.client }, as }),
    browser.say(conversationId, "X", as),
  ];
  const refusedEverywhere = async (replies: Promise<{ status: number }>[]) => {
    for (const reply of await Promise.all(replies)) expect(reply).toMatchObject(invalid);
  };

  test("that ended by a login is dead, whether the user was upgraded or merged", async () => {
    for (const externalId of [unique("someone"), person]) {
      const browser = device();
      const session = await browser.begin();
      await browser.login(externalId, session);
      await refusedEverywhere(doors(browser, session, session, session.conversationId));
      // Presented once more with a login, it merges nobody and takes nothing over.
      const thief = await browser.login(unique("someone"), session);
      expect(thief.body.conversations).toEqual([]);
    }
  });

  test("that ended by a login elsewhere is dead on all devices that held one", async () => {
    const browser = device();
    const headers = { "idempotency-key": unique("someone") };
    const [first, second] = [await browser.create({}, headers), await browser.create({}, headers)];
    const sessions = [first, second].map(({ body }) => sessionOf(body));
    await browser.login(unique("someone"), sessions[1]);
    for (const session of sessions) expect(await browser.resume(session)).toMatchObject(invalid);
  });

  test("of one user is nothing with another user's id", async () => {
    const [browser, stranger] = [device(), device()];
    const [session, other] = [await browser.begin(), await stranger.begin()];
    const mixed = { appUserId: session.appUserId, sessionToken: other.sessionToken };
    for (const at of [browser, stranger]) await refusedEverywhere(doors(at, session, mixed, session.conversationId));
    await refusedEverywhere(
      doors(browser, session, { appUserId: victim, sessionToken: session.sessionToken }, session.conversationId),
    );
  });

  test("of one app is nothing in another", async () => {
    const abroad = newDevice(server, foreign, await newIntegration(foreign));
    const session = await device().begin();
    await refusedEverywhere(doors(abroad, session, session, session.conversationId));
    const login = await abroad.login(unique("someone"), session);
    expect(login.body.conversations).toEqual([]);
    expect(await seenByBusiness(app, session.appUserId)).toMatchObject({ authenticated: false });
  });

  test("of one device is nothing on another", async () => {
    const [browser, thief] = [device(), device()];
    const session = await browser.begin();
    await refusedEverywhere(doors(thief, session, session, session.conversationId));
    expect((await browser.resume(session)).status).toBe(200);
  });

  test("of a device is nothing where no device is named", async () => {
    const browser = device();
    const session = await browser.begin();
    const unnamed = (method: string, path: string, body?: object) =>
      server
        .as()
        .send(method, `/sdk/v2/apps/${app.id}${path}`, { body, headers: { authorization: sessionHeader(session) } });
    const [user, conversation] = [`/appusers/${session.appUserId}`, `/conversations/${session.conversationId}`];
    const message = { type: "text", text: "X", role: "appUser" };
    await refusedEverywhere([
      unnamed("GET", user),
      unnamed("PUT", user, { givenName: "X" }),
      unnamed("GET", `${user}/conversations`),
      unnamed("POST", `${user}/logout`, { client: { id: "0" } }),
      unnamed("GET", conversation),
      unnamed("PUT", conversation, { displayName: "X" }),
      unnamed("POST", `${conversation}/subscribe`, {}),
      unnamed("GET", `${conversation}/messages`),
      unnamed("POST", `${conversation}/messages`, { message, author: { role: "appUser", client: browser.client } }),
      unnamed("POST", `${conversation}/activity`, { activity: { type: "conversation:read" } }),
    ]);
    expect(await browser.texts(session.conversationId, session)).toEqual([]);
    expect((await browser.resume(session)).status).toBe(200);
  });

  test.each(["Basic", "Basic !!!", `Basic ${Buffer.from("nobody").toString("base64")}`, "Digest a", "Bearer", "x"])(
    "of the form %j is refused",
    async (as) => {
      const browser = device();
      await refusedEverywhere(doors(browser, { appUserId: victim, sessionToken: "" }, as));
    },
  );

  test("is kept as its hash alone: no answer but the first holds it", async () => {
    const browser = device();
    const session = await browser.begin();
    const seen = [
      await browser.resume(session),
      await app.api.get(`/v2/apps/${app.id}/users/${session.appUserId}/clients`),
      await app.api.get(`/v2/apps/${app.id}/users/${session.appUserId}`),
    ];
    const { openDb } = await import("../../lib/db/db.ts");
    const { readAddressRecord } = await import("../../lib/db/items/userItem.ts");
    const item = await getItem(openDb(server.tableName, server.endpoint), {
      pk: `user#${app.id}#${session.appUserId}`,
      sk: "user",
    });
    for (const text of [...seen.map((reply) => reply.text), JSON.stringify(readAddressRecord(item ?? {}))]) {
      expect(text).not.toContain(session.sessionToken);
      expect(text).not.toContain(sessionHeader(session));
    }
    expect(JSON.stringify(readAddressRecord(item ?? {}))).toContain("sessions");
  });
});
