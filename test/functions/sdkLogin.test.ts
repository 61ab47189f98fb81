import { describe, expect, test } from "vitest";
import {
  newConversation,
  newIntegration,
  newMultiApp,
  participantsOf,
  type RestUser,
  say,
  seenByBusiness,
} from "../support/business.ts";
import { type Device, newDevice } from "../support/newDevice.ts";
import { bearer, signToken, userToken } from "../support/signToken.ts";
import { startTestServer, type TestApp } from "../support/startTestServer.ts";
import { unique } from "../support/unique.ts";

const server = await startTestServer();
const app = await server.newApp();
const integrationId = await newIntegration(app);

const device = () => newDevice(server, app, integrationId);
const unauthorized = { status: 401, body: { error: { code: "invalid_auth" } } };

/** Makes a user by way 1. */
async function createUser(fields: object, at = app): Promise<RestUser> {
  return (await at.api.post<{ user: RestUser }>(`/v2/apps/${at.id}/users`, fields)).body.user;
}

describe("sdkLogin", () => {
  test("an unknown externalId makes an authenticated user, who has no conversation yet", async () => {
    const externalId = unique("someone");
    const browser = device();
    const reply = await browser.login(externalId);
    expect(reply).toMatchObject({
      status: 200,
      body: {
        appUser: { userId: externalId, conversationStarted: false, clients: [{ id: browser.clientId, active: true }] },
        conversations: [],
        settings: { realtime: { enabled: false } },
      },
    });
    // Only a token speaks for an identified person.
    expect(reply.body.sessionToken).toBeUndefined();
    expect(await seenByBusiness(app, externalId)).toMatchObject({ id: reply.body.appUser._id, authenticated: true });
  });

  test("a user made by the API is found, authenticated from now on, and keeps what it has", async () => {
    const made = await createUser({
      externalId: unique("someone"),
      metadata: { plan: "gold" },
      profile: { givenName: "Ann" },
    });
    const reply = await device().login(made.externalId ?? "");
    expect(reply).toMatchObject({
      status: 200,
      body: { appUser: { _id: made.id, givenName: "Ann", properties: { plan: "gold" } } },
    });
    expect(await seenByBusiness(app, made.id)).toEqual({ ...made, authenticated: true });
  });

  test("a known user gets its conversations, and one `sdk` client stands for all its devices", async () => {
    const externalId = unique("someone");
    const browser = device();
    const phone = newDevice(server, app, integrationId, { platform: "ios" });
    const as = bearer(app, externalId);
    const first = await browser.call("POST", "/appusers", { body: { client: browser.client, userId: externalId }, as });
    const second = await phone.login(externalId);
    expect(second.body.conversations).toMatchObject([{ _id: first.body.conversations[0]?._id, isDefault: true }]);
    expect(second.body.appUser.clients).toMatchObject([
      { id: phone.clientId, platform: "ios", active: true },
      { id: browser.clientId, platform: "web", active: true },
    ]);
    const clients = await app.api.get(`/v2/apps/${app.id}/users/${first.body.appUser._id}/clients`);
    expect(clients.body).toMatchObject({ clients: [{ type: "sdk", status: "active" }] });
  });

  test("a user who signs in for the first time from two devices at the same instant is one user", async () => {
    for (let round = 0; round < 5; round++) {
      const externalId = unique("someone");
      const replies = await Promise.all(Array.from({ length: 8 }, () => device().login(externalId)));
      expect(new Set(replies.map((reply) => `${reply.status} ${reply.body.appUser?._id}`)).size).toBe(1);
      expect(await seenByBusiness(app, externalId)).toMatchObject({ id: replies[0]?.body.appUser._id });
    }
  });

  test("the older claims, scope `appUser` and `userId`, are accepted", async () => {
    const externalId = unique("someone");
    const reply = await device().login(
      externalId,
      undefined,
      signToken(app.key, { scope: "appUser", userId: externalId }),
    );
    expect(reply).toMatchObject({ status: 200, body: { appUser: { userId: externalId } } });
  });

  test("a login without credentials, with a session or for somebody else is refused and makes nobody", async () => {
    const externalId = unique("someone");
    const browser = device();
    const session = await browser.begin();
    const body = { userId: externalId, client: browser.client };
    expect(await browser.call("POST", "/login", { body })).toMatchObject({
      status: 401,
      body: { error: { code: "unauthorized" } },
    });
    expect(await browser.call("POST", "/login", { body, as: session })).toMatchObject(unauthorized);
    expect(await browser.login(externalId, undefined, userToken(app, unique("someone")))).toMatchObject(unauthorized);
    expect(await browser.call("POST", "/login", { body: { ...body, userId: 7 }, as: bearer(app, "7") })).toMatchObject(
      unauthorized,
    );
    expect(await seenByBusiness(app, externalId)).toBe(404);
    expect((await browser.resume(session)).status).toBe(200);
  });

  test.each([
    [{}, "client"],
    [{ client: {} }, "property 'id'"],
    [{ client: { id: "x", platform: "fridge" } }, "client.platform"],
    [{ client: { id: "x", platform: "web" } }, "integrationId"],
  ])("the body %j is refused, which says what to mend", async (body, named) => {
    const reply = await device().call("POST", "/login", { body, as: bearer(app, "unborn") });
    expect(reply).toMatchObject({
      status: 400,
      body: { error: { code: "bad_request", description: expect.stringContaining(named) } },
    });
    expect(await seenByBusiness(app, "unborn")).toBe(404);
  });

  test("an integration of another app, or none, is not found", async () => {
    const other = await server.newApp();
    const foreign = newDevice(server, app, await newIntegration(other));
    const error = { status: 404, body: { error: { code: "integration_not_found" } } };
    expect(await foreign.login("unborn")).toMatchObject(error);
    expect(await newDevice(server, app, "0".repeat(24)).login("unborn")).toMatchObject(error);
    expect(await seenByBusiness(app, "unborn")).toBe(404);
  });
});

describe("sdkLogin of an anonymous user", () => {
  test("with a new externalId upgrades it: same id, same history, and its session ends", async () => {
    const externalId = unique("someone");
    const browser = device();
    const session = await browser.begin({ givenName: "Ann", properties: { cart: 3 } });
    await browser.say(session.conversationId, "before", session);
    const reply = await browser.login(externalId, session);
    expect(reply).toMatchObject({
      status: 200,
      body: {
        appUser: { _id: session.appUserId, userId: externalId, givenName: "Ann", properties: { cart: 3 } },
        conversations: [{ _id: session.conversationId, isDefault: true, participants: [{ userId: externalId }] }],
      },
    });
    expect(reply.body.sessionToken).toBeUndefined();
    const jwt = bearer(app, externalId);
    expect(await browser.texts(session.conversationId, jwt)).toEqual(["before"]);
    expect(await seenByBusiness(app, externalId)).toMatchObject({ id: session.appUserId, authenticated: true });
    expect(await browser.resume(session)).toMatchObject(unauthorized);
    const again = await device().login(externalId);
    expect(again.body.appUser._id).toBe(session.appUserId);
  });

  test("with the externalId of another user merges it into that one, whose values win and whose gaps are filled", async () => {
    const survivor = await createUser({
      externalId: unique("someone"),
      signedUpAt: "2020-01-01T00:00:00.000Z",
      profile: { givenName: "Ann" },
      metadata: { plan: "gold" },
    });
    const browser = device();
    const session = await browser.begin({
      givenName: "Nobody",
      email: "ann@example.org",
      properties: { plan: "none", cart: 3 },
    });
    await browser.say(session.conversationId, "before", session);
    const reply = await browser.login(survivor.externalId ?? "", session);
    expect(reply).toMatchObject({
      status: 200,
      body: {
        appUser: { _id: survivor.id, clients: [{ id: browser.clientId, active: true }] },
        conversations: [{ _id: session.conversationId, isDefault: true }],
      },
    });
    expect(await seenByBusiness(app, survivor.id)).toEqual({
      ...survivor,
      authenticated: true,
      profile: { givenName: "Ann", email: "ann@example.org" },
      metadata: { plan: "gold", cart: 3 },
    });
    // Nothing is left of the discarded user: not its id, not its session.
    expect(await seenByBusiness(app, session.appUserId)).toBe(404);
    expect(await browser.resume(session)).toMatchObject(unauthorized);
    expect(await browser.say(session.conversationId, "late", session)).toMatchObject(unauthorized);
    expect(await participantsOf(app, session.conversationId)).toEqual([survivor.id]);
  });

  /** A person known to the business, with a conversation, who begins anonymously on another device. */
  async function twoHistories(at: TestApp, integrationId: string) {
    const externalId = unique("someone");
    const jwt = bearer(at, externalId);
    const phone = newDevice(server, at, integrationId, { platform: "android" });
    const born = await phone.call("POST", "/appusers", { body: { client: phone.client, userId: externalId }, as: jwt });
    const kept = born.body.conversations[0]?._id ?? "";
    await phone.say(kept, "on the phone", jwt);
    const browser = newDevice(server, at, integrationId);
    const session = await browser.begin();
    await browser.say(session.conversationId, "in the browser", session);
    await say(at, session.conversationId, "an answer");
    return { externalId, jwt, userId: born.body.appUser._id, kept, browser, phone, session };
  }

  test("merged where an app has one conversation, both histories are one, in the order they were said", async () => {
    const { externalId, jwt, userId, kept, browser, session } = await twoHistories(app, integrationId);
    const reply = await browser.login(externalId, session);
    expect(reply.body.conversations.map((one) => one._id)).toEqual([kept]);
    expect(reply.body.conversations[0]).toMatchObject({ participants: [{ appUserId: userId, unreadCount: 1 }] });
    expect(await browser.texts(kept, jwt)).toEqual(["on the phone", "in the browser", "an answer"]);
    expect(await participantsOf(app, kept)).toEqual([userId]);
    const path = `/v2/apps/${app.id}/conversations/${session.conversationId}`;
    expect(await app.api.get(path)).toMatchObject({ status: 404 });
    const { body } = await app.api.get<{ messages: { author: { userId?: string } }[] }>(
      `/v2/apps/${app.id}/conversations/${kept}/messages`,
    );
    expect(body.messages.map((message) => message.author.userId)).toEqual([userId, userId, undefined]);
    const clients = await app.api.get(`/v2/apps/${app.id}/users/${userId}/clients`);
    expect(clients.body).toMatchObject({ clients: [{ type: "sdk" }] });
    expect(reply.body.appUser.clients).toHaveLength(2);
  });

  test("merged where an app has several, the conversation moves as it is and is the default no more", async () => {
    const { app, integrationId } = await newMultiApp(server);
    const { externalId, jwt, userId, kept, browser, session } = await twoHistories(app, integrationId);
    const reply = await browser.login(externalId, session);
    expect(reply.body.conversations).toMatchObject([
      { _id: session.conversationId, isDefault: false, participants: [{ appUserId: userId, userId: externalId }] },
      { _id: kept, isDefault: true, participants: [{ appUserId: userId }] },
    ]);
    expect(await browser.texts(kept, jwt)).toEqual(["on the phone"]);
    expect(await browser.texts(session.conversationId, jwt)).toEqual(["in the browser", "an answer"]);
    expect(await participantsOf(app, session.conversationId)).toEqual([userId]);
  });

  test("merged with conversations beyond its first, it brings all of them along", async () => {
    const { app, integrationId } = await newMultiApp(server);
    const externalId = unique("someone");
    await createUser({ externalId }, app);
    const browser = newDevice(server, app, integrationId);
    const session = await browser.begin();
    const more: string[] = [];
    for (const displayName of ["second", "third"]) {
      const made = await browser.call<{ conversation: { _id: string } }>(
        "POST",
        `/appusers/${session.appUserId}/conversations`,
        {
          body: { client: browser.client, type: "personal", displayName },
          as: session,
        },
      );
      more.push(made.body.conversation._id);
    }
    const reply = await browser.login(externalId, session);
    expect(reply.body.conversations.map((one) => one._id).sort()).toEqual([session.conversationId, ...more].sort());
    for (const id of more) expect(await participantsOf(app, id)).toEqual([reply.body.appUser._id]);
  });

  test("upgraded with more conversations than a transaction holds, it has its externalId in every one", async () => {
    const { app, integrationId } = await newMultiApp(server);
    const externalId = unique("someone");
    const browser = newDevice(server, app, integrationId);
    const session = await browser.begin();
    const participants = [{ userId: session.appUserId }];
    const made = [];
    for (let count = 0; count < 101; count++) made.push(await newConversation(app, { type: "personal", participants }));
    expect((await browser.login(externalId, session)).body.appUser._id).toBe(session.appUserId);
    for (const id of made)
      expect(await app.api.get(`/v2/apps/${app.id}/conversations/${id}/participants`)).toMatchObject({
        body: { participants: [{ userExternalId: externalId }] },
      });
  });

  async function staysApart(browser: Device, anonymous: Awaited<ReturnType<Device["begin"]>>, proof: object) {
    const externalId = unique("someone");
    const reply = await browser.login(externalId, proof);
    expect(reply).toMatchObject({ status: 200, body: { appUser: { userId: externalId }, conversations: [] } });
    expect(reply.body.appUser._id).not.toBe(anonymous.appUserId);
    expect(await seenByBusiness(app, anonymous.appUserId)).toMatchObject({ authenticated: false });
    expect(await participantsOf(app, anonymous.conversationId)).toEqual([anonymous.appUserId]);
  }

  test("is ignored without its session token, as Android sends it", async () => {
    const browser = device();
    const session = await browser.begin();
    await staysApart(browser, session, { appUserId: session.appUserId });
    expect((await browser.resume(session)).status).toBe(200);
  });

  test("is ignored with a wrong session token, another user's, or from another device than the session's", async () => {
    const browser = device();
    const session = await browser.begin();
    const stranger = device();
    const other = await stranger.begin();
    await staysApart(browser, session, { ...session, sessionToken: `${session.sessionToken}x` });
    await staysApart(stranger, session, { appUserId: session.appUserId, sessionToken: other.sessionToken });
    await staysApart(stranger, session, session);
  });

  test("is ignored when it is another app's", async () => {
    const other = await server.newApp();
    const session = await newDevice(server, other, await newIntegration(other)).begin();
    const reply = await device().login(unique("someone"), session);
    expect(reply).toMatchObject({ status: 200, body: { conversations: [] } });
    expect(await seenByBusiness(other, session.appUserId)).toMatchObject({ authenticated: false });
  });

  test("whoever is logged in as A and logs in as B switches, and nobody is merged", async () => {
    const [a, b] = [unique("someone"), unique("someone")];
    const browser = device();
    const session = await browser.begin();
    const asA = await browser.login(a, session);
    // Old SDKs still send the id of the user they were.
    const asB = await browser.login(b, session);
    expect(asA.body.appUser._id).toBe(session.appUserId);
    expect(asB.body.appUser._id).not.toBe(asA.body.appUser._id);
    expect(await seenByBusiness(app, a)).toMatchObject({ id: session.appUserId });
    expect(await seenByBusiness(app, b)).toMatchObject({ id: asB.body.appUser._id });
    expect(asB.body.conversations).toEqual([]);
  });

  test("who logs in with two externalIds from two tabs at once ends as one of them, and each externalId is one user", async () => {
    for (let round = 0; round < 8; round++) {
      const ids = [unique("someone"), unique("someone")];
      if (round % 2 === 1) await createUser({ externalId: ids[0] });
      const browser = device();
      const session = await browser.begin();
      const replies = await Promise.all(ids.map((externalId) => browser.login(externalId, session)));
      for (const [index, externalId] of ids.entries()) {
        expect(replies[index]).toMatchObject({ status: 200, body: { appUser: { userId: externalId } } });
        const found = await seenByBusiness(app, externalId);
        expect(found).toMatchObject({ id: replies[index]?.body.appUser._id, externalId, authenticated: true });
        expect((await device().login(externalId)).body.appUser._id).toBe(replies[index]?.body.appUser._id);
      }
      const [owner, ...others] = await participantsOf(app, session.conversationId);
      expect(others).toEqual([]);
      expect(replies.map((reply) => reply.body.appUser._id)).toContain(owner);
    }
  });

  test("who logs in with one externalId from two tabs at once is upgraded once", async () => {
    for (let round = 0; round < 5; round++) {
      const externalId = unique("someone");
      const browser = device();
      const session = await browser.begin();
      const replies = await Promise.all([1, 2, 3].map(() => browser.login(externalId, session)));
      expect(replies.map((reply) => [reply.status, reply.body.appUser._id])).toEqual(
        Array(3).fill([200, session.appUserId]),
      );
    }
  });

  test("two anonymous users who log in with one new externalId at once end as one user with both histories", async () => {
    for (let round = 0; round < 5; round++) {
      const externalId = unique("someone");
      const browsers = [device(), device()];
      const sessions = await Promise.all(browsers.map((browser) => browser.begin()));
      await Promise.all(
        browsers.map((browser, i) => browser.say(sessions[i]?.conversationId ?? "", `said ${i}`, sessions[i] ?? "")),
      );
      const replies = await Promise.all(browsers.map((browser, i) => browser.login(externalId, sessions[i])));
      expect(replies.map((reply) => reply.status)).toEqual([200, 200]);
      expect(replies[0]?.body.appUser._id).toBe(replies[1]?.body.appUser._id);
      const last = await device().login(externalId);
      expect(last.body.appUser._id).toBe(replies[0]?.body.appUser._id);
      const texts = await device().texts(last.body.conversations[0]?._id ?? "", bearer(app, externalId));
      expect([...texts].sort()).toEqual(["said 0", "said 1"]);
    }
  });
});
