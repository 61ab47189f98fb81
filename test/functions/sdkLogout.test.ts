import { describe, expect, test } from "vitest";
import { newIntegration, seenByBusiness } from "../support/business.ts";
import { newDevice, type Session } from "../support/newDevice.ts";
import { bearer } from "../support/signToken.ts";
import { startTestServer } from "../support/startTestServer.ts";
import { unique } from "../support/unique.ts";

const server = await startTestServer();
const app = await server.newApp();
const integrationId = await newIntegration(app);

const device = () => newDevice(server, app, integrationId);
type Device = ReturnType<typeof device>;
const logout = (browser: Device, userId: string, as: string | Session, client: object = browser.client) =>
  browser.call("POST", `/appusers/${userId}/logout`, { body: { client }, as });

describe("sdkLogout", () => {
  test("signs the device out and leaves the user, its conversations and other devices as they are", async () => {
    const externalId = unique("someone");
    const as = bearer(app, externalId);
    const [browser, phone] = [device(), device()];
    const session = await browser.begin();
    const { body } = await browser.login(externalId, session);
    await phone.login(externalId);
    // As 4.29 sends it.
    const reply = await logout(browser, body.appUser._id, as, { id: browser.clientId, integrationId });
    expect(reply).toMatchObject({ status: 200, body: {} });
    const after = await phone.call("GET", `/appusers/${body.appUser._id}`, { as });
    expect(after).toMatchObject({
      status: 200,
      body: { appUser: { userId: externalId }, conversations: [{ _id: session.conversationId }] },
    });
    const active = Object.fromEntries(after.body.appUser.clients.map((one) => [one.id, one.active]));
    expect(active).toEqual({ [browser.clientId]: false, [phone.clientId]: true });
  });

  test("the next conversation on the device belongs to a new anonymous user", async () => {
    const externalId = unique("someone");
    const browser = device();
    const { body } = await browser.login(externalId);
    await logout(browser, body.appUser._id, bearer(app, externalId));
    const next = await browser.begin();
    expect(next.appUserId).not.toBe(body.appUser._id);
    expect(await seenByBusiness(app, next.appUserId)).toMatchObject({ authenticated: false });
  });

  test("who logs in again on the device is active there again", async () => {
    const externalId = unique("someone");
    const browser = device();
    const { body } = await browser.login(externalId);
    await logout(browser, body.appUser._id, bearer(app, externalId));
    const again = await browser.login(externalId);
    expect(again.body.appUser).toMatchObject({
      _id: body.appUser._id,
      clients: [{ id: browser.clientId, active: true }],
    });
  });

  test("an anonymous user's session ends with it, on that device alone", async () => {
    const browser = device();
    const session = await browser.begin();
    expect(await logout(browser, session.appUserId, session)).toMatchObject({ status: 200 });
    for (const reply of [await browser.resume(session), await logout(browser, session.appUserId, session)])
      expect(reply).toMatchObject({ status: 401, body: { error: { code: "invalid_auth" } } });
    expect(await browser.say(session.conversationId, "late", session)).toMatchObject({ status: 401 });
    // The ended session does not let the user be merged either.
    const login = await browser.login(unique("someone"), session);
    expect(login.body.appUser._id).not.toBe(session.appUserId);
    expect(await seenByBusiness(app, session.appUserId)).toMatchObject({ authenticated: false });
  });

  test("a session signs out its own device, whichever one the body names", async () => {
    const [browser, stranger] = [device(), device()];
    const [session, other] = [await browser.begin(), await stranger.begin()];
    expect((await logout(browser, session.appUserId, session, stranger.client)).status).toBe(200);
    expect((await browser.resume(session)).status).toBe(401);
    expect((await stranger.resume(other)).status).toBe(200);
  });

  test("nobody logs another user out", async () => {
    const [browser, stranger] = [device(), device()];
    const [session, other] = [await browser.begin(), await stranger.begin()];
    expect(await logout(stranger, session.appUserId, other)).toMatchObject({ status: 403 });
    const none = await browser.call("POST", `/appusers/${session.appUserId}/logout`, {
      body: { client: browser.client },
    });
    expect(none).toMatchObject({ status: 401, body: { error: { code: "unauthorized" } } });
    expect((await browser.resume(session)).status).toBe(200);
  });

  test.each([{}, { client: {} }, { client: { id: 7 } }])("the body %j is refused", async (body) => {
    const browser = device();
    const session = await browser.begin();
    const reply = await browser.call("POST", `/appusers/${session.appUserId}/logout`, { body, as: session });
    expect(reply).toMatchObject({ status: 400, body: { error: { code: "bad_request" } } });
  });
});
