import { describe, expect, inject, test } from "vitest";
import description from "../../../docs/openapi.json" with { type: "json" };
import { basePath } from "../../../lib/api/basePath.ts";
import { cors } from "../../../lib/api/cors.ts";
import { routes } from "../../../lib/api/routes.ts";
import { officialClient } from "../../support/officialClient.ts";
import { unique } from "../../support/unique.ts";
import { target } from "../target.ts";

/** What stands between a caller and a Lambda: routes, the base path, CORS, paths and bodies as they arrive. */

const server = target();
const app = await server.newApp();
const users = `/v2/apps/${app.id}/users`;
const origin = "https://shop.example.org";

describe("an address that leads nowhere", () => {
  test("is answered in the form of the REST API", async () => {
    expect(await server.as().get("/nowhere")).toMatchObject({
      status: 404,
      headers: { "content-type": "application/json; charset=utf-8", "x-request-id": expect.any(String) },
      body: { errors: [{ code: "not_found", title: expect.any(String) }] },
    });
  });

  test("is answered in the form of the SDKs below /sdk", async () => {
    expect(await server.as().get("/sdk/v2/nowhere")).toMatchObject({
      status: 404,
      body: { error: { code: "not_found" } },
    });
  });

  test("is not taken for one that the vendor offers and we do not", async () => {
    expect(await app.api.post(`${users}/someone/sync`)).toMatchObject({
      status: 501,
      body: { errors: [{ code: "not_offered" }] },
    });
    expect((await app.api.get(`/v2/apps/${app.id}/switchboards`)).status).toBe(501);
  });
});

describe("a path with a slash too many before it", () => {
  test("leads where it would without: a base URL often ends in one", async () => {
    expect((await server.as().get("//openapi.json")).status).toBe(200);
    expect((await app.api.post(`/${users}`, { externalId: unique("person") })).status).toBe(201);
  });
});

describe("the base path of the vendor's server", () => {
  test("serves the official client like the root, and the same records", async () => {
    const client = officialClient(`${server.url}/${basePath}`, app.key);
    const externalId = unique("person");
    await client("UsersApi.createUser", app.id, { externalId });
    expect((await app.api.get(`${users}/${externalId}`)).status).toBe(200);
    expect((await app.api.get(`/${basePath}${users}/${externalId}`)).status).toBe(200);
    expect(await server.as().get(`/${basePath}/nowhere`)).toMatchObject({ status: 404, body: { errors: [{}] } });
  });
});

describe("a page of another origin", () => {
  const preflight = (path: string) =>
    server.as().send("OPTIONS", path, {
      headers: {
        origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,content-type,x-smooch-sdk",
      },
    });

  test("is told before its request what it may send", async () => {
    for (const path of [users, `/sdk/v2/apps/${app.id}/appusers`, "/nowhere"]) {
      const { status, headers } = await preflight(path);
      expect([200, 204]).toContain(status);
      expect(headers["access-control-allow-origin"]).toBe("*");
      expect(headers["access-control-max-age"]).toBe(String(cors.maxAgeSeconds));
      const listed = (name: string) => String(headers[name]).toLowerCase().split(/, ?/).toSorted();
      expect(listed("access-control-allow-headers")).toEqual([...cors.headers].toSorted());
      expect(listed("access-control-allow-methods")).toEqual(cors.methods.map((name) => name.toLowerCase()).toSorted());
    }
  });

  test("may read every answer, also a refusal", async () => {
    for (const path of ["/openapi.json", "/nowhere", users]) {
      const { headers } = await server.as().get(path, undefined, { origin });
      expect(headers["access-control-allow-origin"], path).toBe("*");
    }
  });
});

describe("a refusal", () => {
  test("without credentials says so, in the form of either API", async () => {
    expect(await server.as().get(users)).toMatchObject({ status: 401, body: { errors: [{ code: "unauthorized" }] } });
    expect(await server.as().get(`/sdk/v2/apps/${app.id}/appusers/someone`)).toMatchObject({
      status: 401,
      body: { error: { code: "unauthorized" } },
    });
  });

  test("of another app's key tells nothing of the app", async () => {
    const other = await server.newApp();
    expect((await other.api.get(users)).status).toBe(403);
  });

  test("of a body that is no JSON, or has a wrong field, says what to mend", async () => {
    expect(await app.api.post(users, "{", { "content-type": "application/json" })).toMatchObject({
      status: 400,
      body: { errors: [{ code: "bad_request" }] },
    });
    expect(await app.api.post(users, { externalId: 7 })).toMatchObject({
      status: 400,
      body: { errors: [{ title: expect.stringContaining("externalId") }] },
    });
  });

  test("of a body beyond the limit is a 413", async () => {
    const { status } = await app.api.post(users, { externalId: "x", metadata: { long: "x".repeat(120_000) } });
    expect(status).toBe(413);
  });
});

describe("what a caller writes arrives as it was written", () => {
  // MiniStack hands on `%25` as it is, AWS as a sign: docs/testing.md.
  const signs = inject("target") === "local" ? ["100%"] : [];
  test.each(["a/b", "jane doe", "jan+e@example.org", "Zoë", "a?b#c", "日本", ...signs])(
    "an externalId %s names its user in a path",
    async (word) => {
      const externalId = `${word}${unique("")}`;
      const made = await app.api.post<{ user: { id: string } }>(users, { externalId });
      expect(made.status).toBe(201);
      const found = await app.api.get<{ user: object }>(`${users}/${encodeURIComponent(externalId)}`);
      expect(found.body).toMatchObject({ user: { id: made.body.user.id, externalId } });
      const clients = await app.api.get(`${users}/${encodeURIComponent(externalId)}/clients`);
      expect(clients.status).toBe(200);
      expect((await app.api.delete(`${users}/${encodeURIComponent(externalId)}`)).status).toBe(200);
    },
  );

  test("a query finds a user by an email with its signs", async () => {
    const email = `${unique("jane")}+list@example.org`;
    const found = await app.api.get(`${users}?filter[identities.email]=${encodeURIComponent(email)}`);
    expect(found).toMatchObject({ status: 200, body: { users: [] } });
  });

  test("a body of bytes beyond ASCII", async () => {
    const displayName = "Grüße, 日本 🦊";
    const made = await server.account.post<{ app: { id: string } }>("/v2/apps", { displayName });
    expect((await server.account.get(`/v2/apps/${made.body.app.id}`)).body).toMatchObject({ app: { displayName } });
  });
});

describe("what browsers load", () => {
  test.each(["smooch.js", "index.js"])("the web SDK's %s comes as a script that any page may load", async (file) => {
    const { status, headers, text } = await server.as().get(`/sdk/${file}`, undefined, { origin });
    expect(status).toBe(200);
    expect(headers["content-type"]).toBe("text/javascript; charset=utf-8");
    expect(headers["access-control-allow-origin"]).toBe("*");
    expect(text.length).toBeGreaterThan(10_000);
    expect(text).not.toContain("server.invalid");
  });

  test("the API's description is the one of the docs", async () => {
    const { status, text } = await server.as().get("/openapi.json");
    expect([status, JSON.parse(text)]).toEqual([200, description]);
  });

  test.each(Object.entries(routes).flatMap(([operation, { routeKeys }]) => routeKeys.map((key) => [key, operation])))(
    "%s leads to %s, which answers without a fault",
    async (routeKey) => {
      const [method = "GET", path = "/nowhere"] = routeKey === "$default" ? [] : routeKey.split(" ");
      const asked = path.replace("{appId}", app.id).replace(/\{\w+\+?\}/g, "0123456789abcdef01234567");
      const { status, text } = await app.api.send(method, asked, { body: method === "GET" ? undefined : {} });
      if (status !== 501) expect(status, text).toBeLessThan(500);
    },
  );
});
