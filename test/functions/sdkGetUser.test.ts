import { afterEach, describe, expect, test, vi } from "vitest";
import { newIntegration } from "../support/business.ts";
import { newDevice } from "../support/newDevice.ts";
import { bearer, userToken } from "../support/signToken.ts";
import { startTestServer } from "../support/startTestServer.ts";
import { unique } from "../support/unique.ts";

const server = await startTestServer();
const app = await server.newApp();
const integrationId = await newIntegration(app);
afterEach(() => vi.useRealTimers());

const device = () => newDevice(server, app, integrationId);

describe("sdkGetUser", () => {
  test("resumes a session after a reload with all a client needs", async () => {
    const browser = device();
    const session = await browser.begin({ givenName: "Ann", properties: { a: 1 } });
    expect(await browser.resume(session)).toMatchObject({
      status: 200,
      body: {
        appUser: {
          _id: session.appUserId,
          givenName: "Ann",
          properties: { a: 1 },
          conversationStarted: true,
          clients: [{ id: browser.clientId, platform: "web", active: true }],
        },
        conversations: [{ _id: session.conversationId, isDefault: true }],
        settings: { realtime: {} },
      },
    });
  });

  test("a signed-in person is found by the token, from a device that is not known yet as well", async () => {
    const externalId = unique("someone");
    const { body } = await device().login(externalId);
    const as = bearer(app, externalId);
    const reply = await device().call("GET", `/appusers/${body.appUser._id}`, { as });
    expect(reply).toMatchObject({ status: 200, body: { appUser: { userId: externalId } } });
  });

  test("lastSeen is kept: of the device and of the user's `sdk` client", async () => {
    const browser = device();
    const session = await browser.begin();
    const seen = async () => {
      const { body } = await app.api.get<{ clients: { lastSeen: string; linkedAt: string }[] }>(
        `/v2/apps/${app.id}/users/${session.appUserId}/clients`,
      );
      return { ...body.clients[0], device: (await browser.resume(session)).body.appUser.clients[0]?.lastSeen };
    };
    const born = await seen();
    expect(born.device).toBe(born.lastSeen);
    // The clock alone is moved; timers go on.
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 3_600_000 });
    await browser.resume(session);
    const later = await seen();
    expect(Date.parse(later.lastSeen ?? "") - Date.parse(born.lastSeen ?? "")).toBeGreaterThanOrEqual(3_600_000);
    expect(later.device).toBe(later.lastSeen);
    expect(later.linkedAt).toBe(born.linkedAt);
  });

  test("nobody gets another user, whose id or session they know", async () => {
    const [browser, stranger] = [device(), device()];
    const [session, other] = [await browser.begin(), await stranger.begin()];
    const invalid = { status: 401, body: { error: { code: "invalid_auth" } } };
    expect(await browser.call("GET", `/appusers/${session.appUserId}`)).toMatchObject({
      status: 401,
      body: { error: { code: "unauthorized" } },
    });
    expect(await stranger.call("GET", `/appusers/${session.appUserId}`, { as: other })).toMatchObject({
      status: 403,
      body: { error: { code: "forbidden" } },
    });
    expect(await stranger.resume(session)).toMatchObject(invalid);
    expect(await browser.resume({ ...session, sessionToken: other.sessionToken })).toMatchObject(invalid);
    expect(await browser.resume({ appUserId: "0".repeat(24), sessionToken: session.sessionToken })).toMatchObject(
      invalid,
    );
    const as = bearer(app, unique("someone"));
    expect(await browser.call("GET", `/appusers/${session.appUserId}`, { as })).toMatchObject({
      status: 404,
      body: { error: { code: "user_not_found" } },
    });
  });
});

describe("a stored session that is over", () => {
  type Ending = (
    browser: ReturnType<typeof device>,
    session: Awaited<ReturnType<ReturnType<typeof device>["begin"]>>,
  ) => Promise<unknown>;
  const endings: Record<string, Ending> = {
    "the user was deleted": (_, { appUserId }) => app.api.delete(`/v2/apps/${app.id}/users/${appUserId}`),
    "the person signed in": (browser, session) => browser.login(unique("someone"), session),
    "the person was merged into another by signing in": async (browser, session) => {
      const externalId = unique("someone");
      await device().login(externalId);
      return browser.login(externalId, session);
    },
    "the device was signed out": (browser, session) =>
      browser.call("POST", `/appusers/${session.appUserId}/logout`, { body: { client: browser.client }, as: session }),
  };
  const pages = ["web/smooch/4.29.0", "web/zendesk/5.7.19", "web/sunroom/0.1.0"];
  const phones = ["ios/zendesk/14.1.0", "android/zendesk/14.1.0", ""];

  test.each(Object.entries(endings))(
    "%s: a page is told so as text, and every other client as JSON",
    async (_, end) => {
      const browser = device();
      const session = await browser.begin();
      await end(browser, session);
      const resume = (sdk: string) =>
        browser.call("GET", `/appusers/${session.appUserId}`, { as: session, headers: { "x-smooch-sdk": sdk } });
      for (const [sdks, type] of [
        [pages, "text/plain; charset=utf-8"],
        [phones, "application/json; charset=utf-8"],
      ] as const)
        for (const sdk of sdks)
          expect(await resume(sdk)).toMatchObject({
            status: 401,
            headers: { "content-type": type },
            body: { error: { code: "invalid_auth", description: expect.any(String) } },
          });
    },
  );

  test("is told as text also where a page has lost its token, or has one of another's", async () => {
    const [browser, stranger] = [device(), device()];
    const [session, other] = [await browser.begin(), await stranger.begin()];
    for (const as of [undefined, other])
      expect(
        (await stranger.call("GET", `/appusers/${session.appUserId}`, as && { as })).headers["content-type"],
      ).toMatch(/^text\/plain/);
  });

  test("is JSON where a page comes with a token, whose refusal has another remedy, and in every other call", async () => {
    const browser = device();
    const session = await browser.begin();
    await endings["the user was deleted"]?.(browser, session);
    const json = { headers: { "content-type": "application/json; charset=utf-8" } };
    const path = `/appusers/${session.appUserId}`;
    const expired = `Bearer ${userToken(app, "somebody", { exp: 1 })}`;
    expect(await browser.call("GET", path, { as: expired })).toMatchObject({ status: 401, ...json });
    expect(await browser.call("GET", path, { as: bearer(app, unique("nobody")) })).toMatchObject({
      status: 404,
      ...json,
    });
    for (const rest of [`${path}/conversations`, `/conversations/${session.conversationId}/messages`])
      expect(await browser.call("GET", rest, { as: session })).toMatchObject({ status: 401, ...json });
    const living = await browser.begin();
    expect(await browser.resume(living)).toMatchObject({ status: 200, ...json });
  });
});
