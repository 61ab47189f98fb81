import { describe, expect, test } from "vitest";
import { newIntegration, newMultiApp } from "../support/business.ts";
import { startTestServer } from "../support/startTestServer.ts";

const server = await startTestServer();
const app = await server.newApp("Shop");
const integrationId = await newIntegration(app);

const config = <Body = unknown>(id: string, headers?: Record<string, string>, base = "/sdk") =>
  server
    .as()
    .send<Body>("GET", `${base}/v2/integrations/${id}/config`, { headers: { "x-smooch-appid": "", ...headers } });

describe("sdkGetConfig", () => {
  test.each(["/sdk", ""])(
    "below the base %j it says to which app an SDK belongs, where to send the rest and how to retry",
    async (base) => {
      expect(await config(integrationId, {}, base)).toMatchObject({
        status: 200,
        body: {
          config: {
            app: { _id: app.id, status: "active", name: "Shop", settings: { multiConvoEnabled: false } },
            baseUrl: {
              web: `${server.url}/sdk`,
              // Android's HTTP client refuses a base URL without the slash.
              android: `${server.url}/sdk/`,
              ios: `${server.url}/sdk`,
            },
            integration: {
              _id: integrationId,
              canUserSeeConversationList: true,
              canUserCreateMoreConversations: false,
            },
            integrations: [],
            style: {},
            restRetryPolicy: {
              intervals: { regular: expect.any(Number), aggressive: expect.any(Number) },
              backoffMultiplier: 2,
              maxRetries: 5,
            },
          },
        },
      });
    },
  );

  test.each([["/sdk//v2/integrations/ID/config"], ["/sdk/v2/integrations/ID/config/"]])(
    "a client that joins its base to %s is sent to the path it means",
    async (path) => {
      const reply = await server.as().get(`${path.replace("ID", integrationId)}?a=b`);
      expect(reply.status).toBe(308);
      const location = String(reply.headers.location);
      expect(location).toMatch(/^\/(sdk|v2)\/.*\?a=b$/);
      expect(await server.as().get(location)).toMatchObject({
        status: 200,
        body: { config: { integration: { _id: integrationId } } },
      });
    },
  );

  test.each([["//sdk/v2/integrations/ID/config"], ["//v2/integrations/ID/config"]])(
    "a client that joins its base to %s is answered",
    async (path) => {
      expect(await server.as().get(path.replace("ID", integrationId))).toMatchObject({
        status: 200,
        body: { config: { integration: { _id: integrationId } } },
      });
    },
  );

  test.each([
    "/sdk//%0d%0aset-cookie:%20a=b",
    "//sdk/%5c%5cevil.example/",
    "/sdk//evil.example/%3Fa",
    "/sdk//%2F%2Fevil.example",
  ])("nobody is sent elsewhere by %s", async (path) => {
    const { status, headers } = await server.as().get(path);
    expect(status).toBe(308);
    expect(headers["set-cookie"]).toBeUndefined();
    expect(new URL(String(headers.location), "http://here.example").host).toBe("here.example");
    expect((await server.as().get(String(headers.location))).status).toBe(404);
  });

  const looks = {
    brandColor: "65758e",
    conversationColor: "0099ff",
    actionColor: "ff9900",
    displayStyle: "tab",
    buttonIconUrl: "https://shop.example/button.png",
    buttonWidth: "90",
    buttonHeight: "40",
    integrationOrder: ["one", "two"],
    businessName: "The Shop",
    businessIconUrl: "https://shop.example/icon.png",
    backgroundImageUrl: "https://shop.example/tile.png",
    fixedIntroPane: true,
  };
  const prechatCapture = { enabled: true, fields: [{ type: "text", name: "company", label: "Company" }] };

  test("it says how a page looks, under the names that SDKs read, and what is asked of a person first", async () => {
    const id = await newIntegration(app, { ...looks, prechatCapture });
    const { conversationColor, actionColor, ...others } = looks;
    const style = { ...others, accentColor: conversationColor, linkColor: actionColor };
    const { body } = await config<{ config: Record<string, object> }>(id);
    expect(body.config.style).toEqual(style);
    expect(body.config.prechatCapture).toEqual(prechatCapture);
    expect(body.config.app).toMatchObject({ name: "The Shop", iconUrl: "https://shop.example/icon.png" });

    const cleared = { brandColor: null, businessName: null, businessIconUrl: null, prechatCapture: null };
    await app.api.patch(`/v2/apps/${app.id}/integrations/${id}`, { ...cleared, fixedIntroPane: false });
    const { brandColor, businessName, businessIconUrl, ...left } = style;
    const after = await config<{ config: Record<string, object> }>(id);
    expect(after.body.config.style).toEqual({ ...left, fixedIntroPane: false });
    expect(after.body.config).not.toHaveProperty("prechatCapture");
    expect(after.body.config.app).toMatchObject({ name: "Shop" });
    expect(after.body.config.app).not.toHaveProperty("iconUrl");
  });

  test("no cache keeps it, for it names the host that was asked", async () => {
    expect((await config(integrationId)).headers["cache-control"]).toBe("no-store");
  });

  test("it tells whether a user may have several conversations", async () => {
    const several = await newMultiApp(server);
    expect((await config(several.integrationId)).body).toMatchObject({
      config: { app: { settings: { multiConvoEnabled: true } }, integration: { canUserCreateMoreConversations: true } },
    });
  });

  test.each(["ios", "android"])("there is one for an integration of type %s", async (type) => {
    expect(await config(await newIntegration(app, { type }))).toMatchObject({ status: 200 });
  });

  test("there is none for an unknown integration, a channel, a deleted integration or a deleted app's", async () => {
    const missing = { status: 404, body: { error: { code: "integration_not_found" } } };
    expect(await config("0".repeat(24))).toMatchObject(missing);
    expect(await config("nonsense")).toMatchObject(missing);
    const channel = await newIntegration(app, { type: "telegram", token: "1:a" });
    expect(await config(channel)).toMatchObject(missing);
    const deleted = await newIntegration(app);
    await app.api.delete(`/v2/apps/${app.id}/integrations/${deleted}`);
    expect(await config(deleted)).toMatchObject(missing);
    const gone = await server.newApp();
    const orphan = await newIntegration(gone);
    await server.account.delete(`/v2/apps/${gone.id}`);
    expect(await config(orphan)).toMatchObject(missing);
  });

  test("only origins on an integration's whitelist get one; an app on a phone has no origin", async () => {
    const strict = await newIntegration(app, { originWhitelist: ["https://shop.example", "https://www.shop.example"] });
    expect(await config(strict, { origin: "https://www.shop.example" })).toMatchObject({ status: 200 });
    expect(await config(strict)).toMatchObject({ status: 200 });
    for (const origin of ["https://evil.example", "http://shop.example", "https://shop.example.evil.example", "null"])
      expect(await config(strict, { origin })).toMatchObject({ status: 403, body: { error: { code: "forbidden" } } });
  });

  test("it holds nothing of the integration's secrets", async () => {
    const ios = await newIntegration(app, { type: "ios", certificate: "c3VwZXI=", password: "top-secret" });
    expect((await config(ios)).text).not.toMatch(/top-secret|c3VwZXI/);
  });
});
