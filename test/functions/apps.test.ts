import { describe, expect, test } from "vitest";
import { newIntegration } from "../support/business.ts";
import { startTestServer } from "../support/startTestServer.ts";

const server = await startTestServer();
const app = await server.newApp();

const error = (code: string, title?: string) => ({ errors: [{ code, ...(title ? { title } : {}) }] });

interface Listing {
  readonly apps: { readonly id: string }[];
  readonly meta: { readonly hasMore: boolean; readonly afterCursor?: string; readonly beforeCursor?: string };
  readonly links: { readonly next?: string; readonly prev?: string };
}

describe("createApp", () => {
  test("an app begins with the documented settings", async () => {
    const made = await server.account.post("/v2/apps", { displayName: "My Test App", metadata: { a: 1 } });
    expect(made).toMatchObject({
      status: 201,
      body: {
        app: {
          id: expect.stringMatching(/^[0-9a-f]{24}$/),
          displayName: "My Test App",
          metadata: { a: 1 },
          settings: {
            appLocalizationEnabled: true,
            echoPostback: false,
            maskCreditCardNumbers: true,
            multiConvoEnabled: false,
            useAnimalNames: false,
          },
        },
      },
    });
    expect(made.text).not.toContain("salt");
  });

  test.each([
    [{}, "should have required property 'displayName'"],
    [{ displayName: "" }, "displayName should NOT be shorter than 1 characters"],
    [{ displayName: "x".repeat(101) }, "displayName should NOT be longer than 100 characters"],
    [{ displayName: null }, "displayName should be string"],
    [{ displayName: "a", settings: { useAnimalNames: "yes" } }, "settings.useAnimalNames should be boolean"],
    [{ displayName: "a", metadata: { deep: {} } }, "metadata should be a flat object of strings, numbers and booleans"],
    [{ displayName: "a", metadata: { long: "x".repeat(4096) } }, "App metadata is limited to 4096 bytes in size."],
  ])("the body %j is refused", async (body, title) => {
    expect(await server.account.post("/v2/apps", body)).toMatchObject({
      status: 400,
      body: error("bad_request", title),
    });
  });

  test("an app's own key makes no apps", async () => {
    expect(await app.api.post("/v2/apps", { displayName: "a" })).toMatchObject({
      status: 403,
      body: error("forbidden"),
    });
  });
});

describe("listApps", () => {
  test("an app's own key lists no apps", async () => {
    expect(await app.api.get("/v2/apps")).toMatchObject({ status: 403, body: error("forbidden") });
  });

  test("nobody's credentials are a service account's", async () => {
    expect(await server.account.get("/v2/apps?filter[serviceAccountId]=svc_1")).toMatchObject({
      status: 403,
      body: {
        errors: [{ code: "forbidden", title: "The serviceAccountId provided does not match supplied credentials" }],
      },
    });
  });

  test("pages hold every app once, both ways", async () => {
    for (let index = 0; index < 7; index++) await server.newApp(`App ${index}`);
    const whole = (await server.account.get<Listing>("/v2/apps?page[size]=100")).body.apps.map((one) => one.id);
    const forward: string[] = [];
    let path: string | undefined = "/v2/apps?page%5Bsize%5D=3";
    let cursor: string | undefined;
    while (path) {
      const { body }: { body: Listing } = await server.account.get<Listing>(path);
      forward.push(...body.apps.map((one) => one.id));
      cursor = body.apps[0]?.id;
      path = body.links.next?.replace(server.url, "");
    }
    expect(forward).toEqual(whole);
    const { body } = await server.account.get<Listing>(`/v2/apps?page[size]=3&page[before]=${cursor}`);
    expect(body.apps.map((one) => one.id)).toEqual(
      whole.slice(whole.indexOf(cursor ?? "") - 3, whole.indexOf(cursor ?? "")),
    );
    expect(body.links.prev).toContain("page%5Bbefore%5D=");
  });

  test.each([
    "page[size]=0",
    "page[size]=101",
    "page[size]=x",
    "page[after]=short",
    `page[after]=${"a".repeat(24)}&page[before]=${"a".repeat(24)}`,
  ])("the query %s is refused", async (query) => {
    expect(await server.account.get(`/v2/apps?${query}`)).toMatchObject({
      status: 400,
      body: error("bad_request", "Invalid page query parameters"),
    });
  });
});

describe("getApp and updateApp", () => {
  test("an app's own key reads and changes it, and what it leaves out stays", async () => {
    const own = await server.newApp("Before");
    const changed = await own.api.patch(`/v2/apps/${own.id}`, {
      displayName: "After",
      settings: { useAnimalNames: true },
      metadata: { a: 1, b: 2 },
    });
    expect(changed).toMatchObject({
      status: 200,
      body: { app: { displayName: "After", settings: { useAnimalNames: true, maskCreditCardNumbers: true } } },
    });
    await own.api.patch(`/v2/apps/${own.id}`, { metadata: { a: null } });
    expect(await own.api.get(`/v2/apps/${own.id}`)).toMatchObject({
      status: 200,
      body: { app: { displayName: "After", metadata: { b: 2 } } },
    });
  });

  test("several conversations, once allowed, stay allowed", async () => {
    const own = await server.newApp();
    await own.api.patch(`/v2/apps/${own.id}`, { settings: { multiConvoEnabled: true } });
    expect(await own.api.patch(`/v2/apps/${own.id}`, { settings: { multiConvoEnabled: false } })).toMatchObject({
      status: 400,
      body: error("bad_request"),
    });
  });

  test("an unknown app is 404 for the account and 403 for another app's key", async () => {
    const unknown = `/v2/apps/${"0".repeat(24)}`;
    expect(await server.account.get(unknown)).toMatchObject({
      status: 404,
      body: error("app_not_found", "App not found"),
    });
    expect(await app.api.get(unknown)).toMatchObject({ status: 403, body: error("forbidden", "Forbidden") });
    expect(await server.as().get(unknown)).toMatchObject({ status: 401 });
  });
});

describe("deleteApp", () => {
  test("a deleted app is gone with everything of it", async () => {
    const own = await server.newApp();
    await own.api.post(`/v2/apps/${own.id}/users`, { externalId: "a" });
    const web = await newIntegration(own);
    expect(await server.account.delete(`/v2/apps/${own.id}`)).toMatchObject({ status: 200, body: {} });
    expect(await server.account.get(`/v2/apps/${own.id}`)).toMatchObject({ status: 404 });
    expect(await server.account.get(`/v2/apps/${own.id}/users/a`)).toMatchObject({
      status: 404,
      body: error("app_not_found"),
    });
    expect(await own.api.get(`/v2/apps/${own.id}`)).toMatchObject({ status: 401 });
    expect(await server.as().get(`/sdk/v2/integrations/${web}/config`)).toMatchObject({
      status: 404,
    });
    expect(await server.account.delete(`/v2/apps/${own.id}`)).toMatchObject({
      status: 404,
      body: error("app_not_found"),
    });
  });
});

describe("createAppKey, listAppKeys, getAppKey and deleteAppKey", () => {
  test("a key is made, listed, read and deleted, and stops working at once", async () => {
    const keys = `/v2/apps/${app.id}/keys`;
    const made = await server.account.post<{ key: { id: string; secret: string } }>(keys, { displayName: "Key 1" });
    expect(made).toMatchObject({
      status: 201,
      body: { key: { id: expect.stringMatching(/^app_[0-9a-f]{24}$/), displayName: "Key 1" } },
    });
    expect(made.body.key.secret.length).toBeGreaterThanOrEqual(43);
    expect((await server.account.get<{ keys: object[] }>(keys)).body.keys).toContainEqual(made.body.key);
    expect(await server.account.get(`${keys}/${made.body.key.id}`)).toMatchObject({ status: 200, body: made.body });
    const api = server.as(made.body.key);
    expect(await api.get(`/v2/apps/${app.id}`)).toMatchObject({ status: 200 });
    expect(await server.account.delete(`${keys}/${made.body.key.id}`)).toMatchObject({ status: 200, body: {} });
    expect(await api.get(`/v2/apps/${app.id}`)).toMatchObject({ status: 401 });
    expect(await server.account.get(`${keys}/${made.body.key.id}`)).toMatchObject({
      status: 404,
      body: error("not_found", "Resource not found"),
    });
    expect(await server.account.delete(`${keys}/${made.body.key.id}`)).toMatchObject({ status: 404 });
  });

  test("of twenty keys asked for at once an app has ten", async () => {
    const own = await server.newApp();
    const made = await Promise.all(
      Array.from({ length: 20 }, () => server.account.post(`/v2/apps/${own.id}/keys`, { displayName: "k" })),
    );
    expect(made.filter((one) => one.status === 201)).toHaveLength(9);
    expect((await server.account.get<{ keys: object[] }>(`/v2/apps/${own.id}/keys`)).body.keys).toHaveLength(10);
  });

  test("a key is not found in another app, and an app's key sees no keys", async () => {
    const other = await server.newApp();
    expect(await server.account.get(`/v2/apps/${other.id}/keys/${app.key.id}`)).toMatchObject({ status: 404 });
    expect(await server.account.delete(`/v2/apps/${other.id}/keys/${app.key.id}`)).toMatchObject({ status: 404 });
    expect(await app.api.get(`/v2/apps/${app.id}/keys`)).toMatchObject({ status: 403 });
  });
});
