import { describe, expect, test } from "vitest";
import { routes } from "../../lib/api/routes.ts";
import { unservedOperations } from "../../lib/api/unservedOperations.ts";
import { newUser } from "../support/business.ts";
import { startTestServer } from "../support/startTestServer.ts";

const server = await startTestServer();
const app = await server.newApp();

const unserved = Object.entries(unservedOperations).map(([operation, { routeKey, feature }]) => {
  const [method = "", path = ""] = routeKey.split(" ");
  return { operation, method, feature, path: path.replace("{appId}", app.id).replaceAll(/\{\w+\}/g, "me") };
});

describe("an operation that the vendor offers and that is not served is a 501 that names it:", () => {
  test.each(unserved)("$operation", async ({ method, path, feature }) => {
    const refusal = { errors: [{ code: "not_offered", title: `Not offered yet: ${feature}` }] };
    for (const base of ["", "/sc"])
      for (const caller of [app.api, server.account, server.as(), server.as({ id: "app_unknown", secret: "wrong" })]) {
        const { status, body } = await caller.send(method, base + path, method === "POST" ? { body: {} } : {});
        expect({ status, body }, base).toEqual({ status: 501, body: refusal });
      }
  });

  test("whatever its query string, body and ids are", async () => {
    const multipart = { "content-type": "multipart/form-data; boundary=x" };
    const download = `/v2/apps/${app.id}/conversations/me/download?a=b`;
    expect(await app.api.post(download, "--x--", multipart)).toMatchObject({ status: 501 });
    expect(await app.api.get(`/v2/apps/${app.id}/switchboards?page[size]=1`)).toMatchObject({ status: 501 });
  });

  test("and none of them is a route", () => {
    const served = Object.values<{ routeKeys: readonly string[] }>(routes).flatMap(({ routeKeys }) => routeKeys);
    const both = Object.entries(unservedOperations).filter(([, { routeKey }]) => served.includes(routeKey));
    // The gateway has to be told of this one, which it would lead to `createClient` otherwise.
    expect(both.map(([operation]) => operation)).toEqual(["SyncUser"]);
    expect(routes.unknownRoute.routeKeys).toContain(unservedOperations.SyncUser?.routeKey);
  });
});

describe("a mistake in a path or method stays a 404:", () => {
  test.each([
    ["GET", "attachments"],
    ["POST", "attachment"],
    ["POST", "attachments/"],
    ["PUT", "switchboards/x"],
    ["GET", "switchboards/x"],
    ["GET", "integrations/x/webhooks/y/z"],
    ["POST", "conversations/x/passcontrol"],
    ["POST", "conversations//passControl"],
    ["POST", "users/a/b/sync"],
  ])("%s %s", async (method, path) => {
    const answer = await app.api.send(method, `/v2/apps/${app.id}/${path}`, { body: {} });
    expect(answer).toMatchObject({ status: expect.toSatisfy((status) => status === 404 || status === 400) });
  });

  test("and an externalId is never taken for an operation", async () => {
    await newUser(app, { externalId: "a/sync" });
    expect(await app.api.get(`/v2/apps/${app.id}/users/a/sync`)).toMatchObject({
      status: 200,
      body: { user: { externalId: "a/sync" } },
    });
  });
});
