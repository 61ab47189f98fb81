import { beforeAll, describe, expect, test } from "vitest";
import { type Route, routes } from "../../lib/api/routes.ts";
import { newIntegration } from "../support/business.ts";
import type { Credentials } from "../support/caller.ts";
import { startTestServer, type TestApp } from "../support/startTestServer.ts";

const server = await startTestServer();
const app = await server.newApp();
const base = `/v2/apps/${app.id}/integrations`;

describe("createCustomIntegrationKey", () => {
  const custom = () => newIntegration(app, { type: "custom", displayName: "Mine" });

  test("a custom integration's key calls for users with scope integration, and for nothing of the app itself", async () => {
    const made = await app.api.post<{ key: { id: string; secret: string } }>(`${base}/${await custom()}/keys`, {
      displayName: "One",
    });
    expect(made).toMatchObject({
      status: 201,
      body: { key: { id: expect.stringMatching(/^int_[0-9a-f]{24}$/), displayName: "One" } },
    });
    const api = server.as(made.body.key);
    expect(await api.post(`/v2/apps/${app.id}/users`, {})).toMatchObject({ status: 201 });
    expect(await api.get(`/v2/apps/${app.id}`)).toMatchObject({
      status: 403,
      body: { errors: [{ code: "forbidden" }] },
    });
    const other = await server.newApp();
    expect(await api.post(`/v2/apps/${other.id}/users`, {})).toMatchObject({ status: 403 });
  });

  describe("its scope", () => {
    let key: Credentials;
    let other: TestApp;
    beforeAll(async () => {
      other = await server.newApp();
      key = (await app.api.post<{ key: Credentials }>(`${base}/${await custom()}/keys`, { displayName: "One" })).body
        .key;
    });
    const rest: readonly (readonly [string, Route])[] = Object.entries<Route>(routes).filter(([, { scopes }]) =>
      scopes.includes("account"),
    );
    /** Calls an operation of an app, about nobody and with a body that is none. */
    const call = ({ routeKeys }: Route, appId: string) => {
      const [method = "", path = ""] = (routeKeys[0] ?? "").split(" ");
      const url = path.replace("{appId}", appId).replace(/\{\w+\}/g, "0".repeat(24));
      return server.as(key).send(method, url, ["POST", "PATCH"].includes(method) ? { body: "{" } : {});
    };
    const forbidden = { status: 403, body: { errors: [{ code: "forbidden", title: "Forbidden" }] } };

    test.each(rest.filter(([, { scopes }]) => scopes.includes("integration")))(
      "lets it call %s, in its own app and in no other",
      async (_, route) => {
        // Let in, it is told that nothing is there, or what it left out.
        expect([400, 404]).toContain((await call(route, app.id)).status);
        expect(await call(route, other.id)).toMatchObject(forbidden);
      },
    );

    test.each(rest.filter(([, { scopes }]) => !scopes.includes("integration")))(
      "does not let it call %s",
      async (_, route) => {
        expect(await call(route, app.id)).toMatchObject(forbidden);
      },
    );
  });

  test("a person's whole life is within its reach: user, conversation, message, client and device", async () => {
    const { body } = await app.api.post<{ key: Credentials }>(`${base}/${await custom()}/keys`, { displayName: "One" });
    const api = server.as(body.key);
    const v2 = `/v2/apps/${app.id}`;
    const user = await api.post<{ user: { id: string } }>(`${v2}/users`, { externalId: "of the integration" });
    const started = await api.post<{ conversation: { id: string } }>(`${v2}/conversations`, {
      type: "personal",
      participants: [{ userId: user.body.user.id }],
    });
    const conversation = `${v2}/conversations/${started.body.conversation.id}`;
    const said = { author: { type: "business" }, content: { type: "text", text: "hello" } };
    expect(await api.post(`${conversation}/messages`, said)).toMatchObject({ status: 201 });
    for (const path of [`${conversation}/messages`, `${conversation}/participants`, conversation])
      expect(await api.get(path)).toMatchObject({ status: 200 });
    for (const list of ["clients", "devices"])
      expect(await api.get(`${v2}/users/${user.body.user.id}/${list}`)).toMatchObject({ status: 200 });
  });

  test("an integration of another kind has no keys, and at most ten keys are made", async () => {
    const web = await newIntegration(app);
    expect(await app.api.post(`${base}/${web}/keys`, { displayName: "One" })).toMatchObject({
      status: 400,
      body: { errors: [{ title: "API keys are available only for custom integrations" }] },
    });
    const id = await custom();
    const made = await Promise.all(
      Array.from({ length: 12 }, () => app.api.post(`${base}/${id}/keys`, { displayName: "k" })),
    );
    expect(made.filter((one) => one.status === 201)).toHaveLength(10);
  });
});
