import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { type OfficialAnswer, type OfficialError, officialClient } from "../support/officialClient.ts";
import { readmeExample } from "../support/readmeExample.ts";
import { signToken } from "../support/signToken.ts";
import { startTestServer } from "../support/startTestServer.ts";

const server = await startTestServer();
const app = await server.newApp();
/** The client with the account's key, and with the app's. */
const account = officialClient(server.url, server.accountKey);
const client = officialClient(server.url, app.key);

const root = new URL("../..", import.meta.url);

/** What a call rejects with. */
const failureOf = (call: Promise<unknown>): Promise<OfficialError> =>
  call.then(
    (answer) => Promise.reject(new Error(`It succeeded: ${JSON.stringify(answer)}`)),
    (error: OfficialError) => error,
  );

describe("the official client, unchanged", () => {
  test("runs the README's example, of which only the base URL and the credentials are ours", async () => {
    const code = readmeExample("const SunshineConversationsApi", {
      "http://localhost:3000": server.url,
      "<key id>": app.key.id,
      "<key secret>": app.key.secret,
      "<app_id>": app.id,
      "<new_external_id>": "from-the-readme",
      "/* success */": "(answer) => console.log(JSON.stringify(answer))",
      "/* failure */": "(error) => console.error(error)",
    });
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ["--input-type=commonjs", "-e", code], {
      cwd: fileURLToPath(root),
    });
    expect(stderr).toBe("");
    const { user } = JSON.parse(stdout);
    expect(user).toMatchObject({ externalId: "from-the-readme", profile: {}, metadata: {} });
    expect(await app.api.get(`/v2/apps/${app.id}/users/from-the-readme`)).toMatchObject({
      body: { user: { id: user.id } },
    });
  });

  test("makes an app and a key, and works in the app with that key", async () => {
    const { app: made } = await account<{ app: { id: string } }>("AppsApi.createApp", {
      displayName: "Bookshop",
      metadata: { plan: "pro" },
    });
    expect(made).toMatchObject({ displayName: "Bookshop", metadata: { plan: "pro" } });
    const { key } = await account<{ key: { id: string; secret: string } }>("AppKeysApi.createAppKey", made.id, {
      displayName: "Server",
    });
    expect(key).toMatchObject({ displayName: "Server", id: expect.stringMatching(/^app_[0-9a-f]{24}$/) });
    expect(await account("AppKeysApi.listAppKeys", made.id)).toMatchObject({ keys: [key] });
    const inside = officialClient(server.url, key);
    expect(await inside("AppsApi.getApp", made.id)).toMatchObject({ app: { id: made.id } });
    expect(await inside("UsersApi.createUser", made.id, { externalId: "first" })).toMatchObject({
      user: { externalId: "first" },
    });
  });

  test("sends and reads everything that can be said of a user", async () => {
    const said = {
      externalId: "said-in-full",
      signedUpAt: "2020-01-02T03:04:05.678Z",
      profile: { givenName: "Sue", surname: "Ö’Neil", email: "sue@example.org", locale: "en-CA" },
      metadata: { lang: "en-ca", count: 3, ok: true },
    };
    const made = await client<{ user: { id: string } }>("UsersApi.createUser", app.id, said);
    expect(made).toMatchObject({ user: said });
    expect(await client("UsersApi.getUser", app.id, made.user.id)).toEqual(made);
  });

  test.each(["a/b", "a?b", "a#b", "100%", "1+1", "a&b", "two words", "👋🏽", ".."])(
    "finds a user by the externalId %j, and by the id",
    async (externalId) => {
      const made = await client<{ user: { id: string } }>("UsersApi.createUser", app.id, { externalId });
      expect(await client("UsersApi.getUser", app.id, externalId)).toEqual(made);
      expect(await client("UsersApi.getUser", app.id, made.user.id)).toEqual(made);
    },
  );

  test("reads what its models leave out from the answer as it came", async () => {
    const answer = await client<OfficialAnswer>("UsersApi.createUserWithHttpInfo", app.id, {
      externalId: "raw",
      toBeRetained: true,
    });
    expect(answer).toMatchObject({
      data: { user: { externalId: "raw" } },
      response: {
        status: 201,
        body: { user: { externalId: "raw", authenticated: false, toBeRetained: true, hasPaymentInfo: false } },
      },
    });
  });

  test("pages through a list, although it sends only one of a page's settings", async () => {
    const { app: paged } = await account<{ app: { id: string } }>("AppsApi.createApp", { displayName: "Paged" });
    for (const displayName of ["one", "two"])
      await account("IntegrationsApi.createIntegration", paged.id, { type: "web", displayName });
    interface Listing {
      readonly integrations: readonly { readonly displayName: string }[];
      readonly meta: { readonly hasMore: boolean; readonly afterCursor?: string };
    }
    const first = await account<Listing>("IntegrationsApi.listIntegrations", paged.id, { page: { size: 1 } });
    expect(first).toMatchObject({ integrations: [{ displayName: "one" }], meta: { hasMore: true } });
    const rest = await account("IntegrationsApi.listIntegrations", paged.id, {
      page: { after: first.meta.afterCursor, size: 1 },
    });
    expect(rest).toMatchObject({ integrations: [{ displayName: "two" }], meta: { hasMore: false } });
  });

  test("takes a token instead of a key's secret", async () => {
    const token = signToken(app.key, { scope: "app" });
    expect(await officialClient(server.url, { token })("AppsApi.getApp", app.id)).toMatchObject({
      app: { id: app.id },
    });
  });
});

describe("an error of the official client carries our status and body:", () => {
  test("a duplicate externalId is 409 with the documented body", async () => {
    await client("UsersApi.createUser", app.id, { externalId: "twice" });
    expect(await failureOf(client("UsersApi.createUser", app.id, { externalId: "twice" }))).toMatchObject({
      status: 409,
      body: { errors: [{ code: "conflict", title: "User already exists" }] },
    });
  });

  test("everything wrong with a body is said in one 400", async () => {
    const body = { externalId: 7, profile: { email: "nobody" } };
    expect(await failureOf(client("UsersApi.createUser", app.id, body))).toMatchObject({
      status: 400,
      body: {
        errors: [
          { code: "bad_request", title: "externalId should be string" },
          { code: "bad_request", title: 'profile.email should match format "email"' },
        ],
      },
    });
  });

  test.each([
    [
      "wrong credentials are 401",
      () => officialClient(server.url, { ...app.key, secret: "wrong" }),
      401,
      "unauthorized",
    ],
    ["another app's key is 403", async () => officialClient(server.url, (await server.newApp()).key), 403, "forbidden"],
    ["an unknown user is 404", () => client, 404, "user_not_found"],
  ])("%s", async (_, as, status, code) => {
    const asked = await as();
    expect(await failureOf(asked("UsersApi.getUser", app.id, "nobody"))).toMatchObject({
      status,
      body: { errors: [{ code, title: expect.any(String) }] },
    });
  });

  test("an unknown app is 404", async () => {
    expect(await failureOf(account("UsersApi.getUser", "0".repeat(24), "nobody"))).toMatchObject({
      status: 404,
      body: { errors: [{ code: "app_not_found", title: "App not found" }] },
    });
  });
});
