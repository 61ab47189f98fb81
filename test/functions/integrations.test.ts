import { describe, expect, test } from "vitest";
import { newIntegration } from "../support/business.ts";
import { startTestServer } from "../support/startTestServer.ts";

const server = await startTestServer();
const app = await server.newApp();

const base = () => `/v2/apps/${app.id}/integrations`;
interface Made {
  readonly integration: { readonly id: string; readonly webhookUrl?: string } & Record<string, unknown>;
}

describe("createIntegration, getIntegration, updateIntegration and deleteIntegration", () => {
  test("a secret is shown by the answer that creates the integration and by no other", async () => {
    const made = await app.api.post<Made>(base(), { type: "telegram", token: "123:secret-token", displayName: "Bot" });
    expect(made).toMatchObject({
      status: 201,
      body: { integration: { type: "telegram", status: "active", displayName: "Bot", token: "123:secret-token" } },
    });
    const { id, webhookUrl, secretToken } = made.body.integration;
    expect(webhookUrl).toBe(`${server.url}/webhooks/${id}`);
    expect(secretToken).toMatch(/^[A-Za-z0-9_-]{43}$/);
    for (const answer of [
      await app.api.get(`${base()}/${id}`),
      await app.api.get(base()),
      await app.api.patch(`${base()}/${id}`, { displayName: "Renamed", token: "456:another" }),
    ]) {
      expect(answer.status).toBe(200);
      expect(answer.text).not.toMatch(/secret-token|456:another/);
      expect(answer.text).not.toContain(String(secretToken));
      expect(answer.text).toContain(webhookUrl);
    }
    expect(await app.api.delete(`${base()}/${id}`)).toMatchObject({ status: 200, body: {} });
    expect(await app.api.get(`${base()}/${id}`)).toMatchObject({
      status: 404,
      body: { errors: [{ code: "integration_not_found", title: "Integration not found" }] },
    });
    expect(await app.api.delete(`${base()}/${id}`)).toMatchObject({ status: 404 });
  });

  test.each(["carrier-pigeon", "constructor", "__proto__"])("the type %s is refused", async (type) => {
    expect(await app.api.post(base(), { type })).toMatchObject({
      status: 400,
      body: { errors: [{ code: "bad_request", title: "Invalid integration type" }] },
    });
  });

  test("a missing type is missed by name, like a field that its type requires", async () => {
    expect(await app.api.post(base(), { displayName: "x" })).toMatchObject({
      status: 400,
      body: { errors: [{ title: "should have required property 'type'" }] },
    });
    expect(await app.api.post(base(), { type: "telegram" })).toMatchObject({
      status: 400,
      body: { errors: [{ title: "should have required property 'token'" }] },
    });
  });

  test("an origin of a page is kept as browsers name it, and what is none is refused", async () => {
    const path = `${base()}/${await newIntegration(app)}`;
    const asked = ["https://Shop.example/", "http://localhost:8080", "https://shop.example:443"];
    expect(await app.api.patch(path, { originWhitelist: asked })).toMatchObject({
      status: 200,
      body: {
        integration: { originWhitelist: ["https://shop.example", "http://localhost:8080", "https://shop.example"] },
      },
    });
    for (const origin of [
      "shop.example",
      "*",
      "https://shop.example/page",
      "https://a@shop.example",
      "file:///x",
      "null",
    ])
      expect(await app.api.patch(path, { originWhitelist: [origin] }), origin).toMatchObject({
        status: 400,
        body: {
          errors: [{ code: "bad_request", title: "originWhitelist.0 should be an origin: a scheme and a host" }],
        },
      });
  });

  test.each([
    ["web", { brandColor: "red" }],
    ["web", { conversationColor: "12345" }],
    ["web", { displayStyle: "zebra" }],
    ["web", { displayStyle: "buttons" }],
  ])("an integration of type %s with %j is refused", async (type, fields) => {
    expect(await app.api.post(base(), { type, ...fields })).toMatchObject({
      status: 400,
      body: { errors: [{ code: "bad_request" }] },
    });
  });

  test("a name is changed and cleared, and is not changed to nothing", async () => {
    const path = `${base()}/${await newIntegration(app, { brandColor: "65758e", displayStyle: "tab", displayName: "A" })}`;
    const empty = await app.api.patch(path, { displayName: "" });
    expect(empty).toMatchObject({
      status: 400,
      body: { errors: [{ title: "displayName should NOT be shorter than 1 characters" }] },
    });
    expect(await app.api.get(path)).toMatchObject({ body: { integration: { displayName: "A", displayStyle: "tab" } } });
    await app.api.patch(path, { displayName: null });
    expect((await app.api.get<Made>(path)).body.integration).not.toHaveProperty("displayName");
  });

  test("an integration of another app is not found", async () => {
    const other = await server.newApp();
    const id = await newIntegration(other);
    for (const send of [app.api.get, app.api.delete] as const)
      expect(await send(`${base()}/${id}`)).toMatchObject({ status: 404 });
    expect(await app.api.patch(`${base()}/${id}`, { displayName: "x" })).toMatchObject({
      status: 404,
    });
  });
});

describe("listIntegrations", () => {
  test("integrations are listed by type, a page at a time", async () => {
    const own = await server.newApp();
    const path = `/v2/apps/${own.id}/integrations`;
    for (const type of ["web", "ios", "web", "android", "web"]) await own.api.post(path, { type });
    interface Listing {
      readonly integrations: { readonly id: string; readonly type: string }[];
      readonly meta: { readonly hasMore: boolean; readonly afterCursor: string };
    }
    const first = await own.api.get<Listing>(`${path}?filter[types]=web&page[size]=2`);
    expect(first.body.integrations.map((one) => one.type)).toEqual(["web", "web"]);
    const second = await own.api.get<Listing>(
      `${path}?filter[types]=web&page[size]=2&page[after]=${first.body.meta.afterCursor}`,
    );
    expect(second.body.integrations).toHaveLength(1);
    expect(second.body.meta.hasMore).toBe(false);
    expect((await own.api.get<Listing>(path)).body.integrations).toHaveLength(5);
    // The vendor's API knows such integrations, and nobody has one here.
    expect((await own.api.get<Listing>(`${path}?filter[types]=apple`)).body.integrations).toEqual([]);
    expect((await own.api.get<Listing>(`${path}?filter[types]=apple,ios`)).body.integrations).toHaveLength(1);
    expect((await own.api.get<Listing>(`${path}?filter[types]=`)).body.integrations).toHaveLength(5);
    expect(await own.api.get(`${path}?filter[types]=no-channel`)).toMatchObject({
      status: 400,
      body: { errors: [{ title: "Invalid query parameters" }] },
    });
  });
});
