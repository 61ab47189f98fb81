import { beforeEach, describe, expect, test } from "vitest";
import { newIntegration, newPersonal } from "../support/business.ts";
import { newDevice } from "../support/newDevice.ts";
import { bearer } from "../support/signToken.ts";
import { startProxiedServer } from "../support/startProxiedServer.ts";
import { unique } from "../support/unique.ts";

/** What the ways to a user cost at DynamoDB, once app, key and integration are known: calls and write units as AWS bills. */

const { proxy, server, costOf } = await startProxiedServer();
const app = await server.newApp();
const integrationId = await newIntegration(app);
const device = () => newDevice(server, app, integrationId);
await device().begin();
await device().login(unique("someone"));
await app.api.post(`/v2/apps/${app.id}/users`, {});
beforeEach(() => proxy.reset());

/** A browser that says of itself as much as the vendor's Web SDK does on a usual page. */
const client = ({ client }: ReturnType<typeof device>) => ({
  ...client,
  info: {
    vendor: "smooch",
    sdkVersion: "4.29.0",
    URL: "www.shop.example",
    userAgent:
      "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
    referrer: "https://www.google.com/",
    browserLanguage: "en-CA",
    currentUrl: "https://www.shop.example/collections/shoes?page=2",
    currentTitle: "Shoes for every day | Shop",
  },
});

async function spend(
  calls: readonly string[],
  writeUnits: number,
  act: () => Promise<{ status: number }>,
  status: number,
) {
  const cost = await costOf(status, act);
  expect(cost.calls).toEqual(calls);
  expect(cost.write).toBeLessThanOrEqual(writeUnits);
}

describe("what it costs", () => {
  test("createUser, new and duplicate: one call, one write unit", async () => {
    const body = { externalId: unique("someone"), profile: { givenName: "Ann" }, metadata: { plan: "gold" } };
    const path = `/v2/apps/${app.id}/users`;
    await spend(["PutItem"], 1, () => app.api.post(path, body), 201);
    await spend(["PutItem"], 1, () => app.api.post(path, body), 409);
    await spend(["PutItem"], 1, () => app.api.post(path, {}), 201);
  });

  test("getUser by id or externalId: one call, no write", async () => {
    const { user } = await newPersonal(app);
    await spend(["GetItem"], 0, () => app.api.get(`/v2/apps/${app.id}/users/${user.externalId}`), 200);
    // What looks like an id may be an externalId as well.
    await spend(["BatchGetItem"], 0, () => app.api.get(`/v2/apps/${app.id}/users/${user.id}`), 200);
  });

  test("listParticipants: one call, no write", async () => {
    const { conversationId } = await newPersonal(app);
    await spend(
      ["GetItem"],
      0,
      () => app.api.get(`/v2/apps/${app.id}/conversations/${conversationId}/participants`),
      200,
    );
  });

  test("sdkCreateConversation of a new anonymous user: one call, six write units", async () => {
    const browser = device();
    await spend(["TransactWriteItems"], 6, () => browser.create({ client: client(browser) }), 201);
  });

  test("sdkCreateConversation, the first of a user who is signed in: three calls, five write units", async () => {
    const browser = device();
    const externalId = unique("someone");
    const { body: known } = await browser.login(externalId);
    const body = { client: client(browser), intent: "conversation:start" };
    const start = () =>
      browser.call("POST", `/appusers/${known.appUser._id}/conversations`, { body, as: bearer(app, externalId) });
    await spend(["GetItem", "TransactWriteItems", "UpdateItem"], 5, start, 201);
  });

  test("sdkLogin of a new user: two calls, two write units", async () => {
    const browser = device();
    const externalId = unique("someone");
    const body = { userId: externalId, client: client(browser) };
    const as = bearer(app, externalId);
    await spend(["BatchGetItem", "PutItem"], 2, () => browser.call("POST", "/login", { body, as }), 200);
  });

  test("sdkLogin of a known user: two calls and one write unit from another device, one call and none when just seen", async () => {
    const externalId = unique("someone");
    const as = bearer(app, externalId);
    const [browser, phone] = [device(), device()];
    await browser.call("POST", "/appusers", { body: { userId: externalId, client: browser.client }, as });
    await spend(["BatchGetItem"], 0, () => browser.login(externalId), 200);
    await spend(["BatchGetItem", "PutItem"], 1, () => phone.login(externalId), 200);
  });

  test("sdkLogin of a user known from the API: two calls, one write unit", async () => {
    const { user } = await newPersonal(app);
    const browser = device();
    const body = { userId: user.externalId, client: client(browser) };
    const as = bearer(app, user.externalId);
    await spend(["BatchGetItem", "PutItem"], 1, () => browser.call("POST", "/login", { body, as }), 200);
  });

  test("a person with three devices is still one write unit", async () => {
    const externalId = unique("someone");
    const as = bearer(app, externalId);
    const login = (browser: ReturnType<typeof device>) =>
      browser.call("POST", "/login", { body: { userId: externalId, client: client(browser) }, as });
    await login(device());
    await login(device());
    await spend(["BatchGetItem", "PutItem"], 1, () => login(device()), 200);
  });

  test("sdkLogin that upgrades: a reading and one transaction, and the conversation for the answer", async () => {
    const browser = device();
    const session = await browser.begin();
    await spend(
      ["BatchGetItem", "TransactWriteItems", "GetItem"],
      6,
      () => browser.login(unique("someone"), session),
      200,
    );
  });

  test("sdkGetUser of a session that was just seen: the user and the conversation, no write", async () => {
    const browser = device();
    const session = await browser.begin();
    await spend(["GetItem", "GetItem"], 0, () => browser.resume(session), 200);
  });
});
