import { describe, expect, test } from "vitest";
import { newIntegration, seenByBusiness } from "../support/business.ts";
import { newDevice, type Session } from "../support/newDevice.ts";
import { startTestServer } from "../support/startTestServer.ts";

const server = await startTestServer();
const app = await server.newApp();
const integrationId = await newIntegration(app);

const device = () => newDevice(server, app, integrationId);
const update = (browser: ReturnType<typeof device>, session: Session, body: object) =>
  browser.call("PUT", `/appusers/${session.appUserId}`, { body, as: session });

describe("sdkUpdateUser", () => {
  test("changes what is named, clears what is null, keeps the rest and merges properties", async () => {
    const browser = device();
    const session = await browser.begin({ givenName: "Ann", surname: "Lee", properties: { a: 1, b: 2 } });
    const reply = await update(browser, session, {
      givenName: "Anna",
      surname: null,
      email: "ann@example.org",
      properties: { b: null, c: true },
      client: browser.client,
    });
    expect(reply).toMatchObject({ status: 200, body: { appUser: { _id: session.appUserId, givenName: "Anna" } } });
    expect(await seenByBusiness(app, session.appUserId)).toMatchObject({
      profile: { givenName: "Anna", email: "ann@example.org" },
      metadata: { a: 1, c: true },
    });
    expect(reply.body.appUser).not.toHaveProperty("surname");
  });

  test("changes at once lose nothing", async () => {
    const browser = device();
    const session = await browser.begin();
    const names = Array.from({ length: 8 }, (_, i) => `key${i}`);
    await Promise.all(names.map((name) => update(browser, session, { properties: { [name]: 1 } })));
    expect(await seenByBusiness(app, session.appUserId)).toMatchObject({
      metadata: Object.fromEntries(names.map((name) => [name, 1])),
    });
  });

  test("a user cannot make itself somebody: externalId, authentication and id stay", async () => {
    const browser = device();
    const session = await browser.begin();
    await update(browser, session, {
      userId: "admin",
      externalId: "admin",
      authenticated: true,
      _id: "x",
      clients: [],
    });
    expect(await seenByBusiness(app, "admin")).toBe(404);
    expect(await seenByBusiness(app, session.appUserId)).toMatchObject({ id: session.appUserId, authenticated: false });
  });

  test.each([{ givenName: 7 }, { email: "nobody" }, { signedUpAt: 1e300 }, { properties: { a: {} } }, []])(
    "the body %j is refused",
    async (body) => {
      const browser = device();
      const session = await browser.begin();
      expect(await update(browser, session, body)).toMatchObject({
        status: 400,
        body: { error: { code: "bad_request" } },
      });
    },
  );

  test("nobody changes another user", async () => {
    const [browser, stranger] = [device(), device()];
    const [session, other] = [await browser.begin(), await stranger.begin()];
    const reply = await stranger.call("PUT", `/appusers/${session.appUserId}`, { body: { givenName: "X" }, as: other });
    expect(reply).toMatchObject({ status: 403 });
    expect(await seenByBusiness(app, session.appUserId)).toMatchObject({ profile: {} });
  });
});
