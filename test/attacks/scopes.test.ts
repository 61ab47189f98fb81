import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type Route, routes } from "../../lib/api/routes.ts";
import { newIntegration } from "../support/business.ts";
import type { Credentials } from "../support/caller.ts";
import { startTestServer } from "../support/startTestServer.ts";

const server = await startTestServer();
const [app, other] = [await server.newApp(), await server.newApp()];
const integrationId = await newIntegration(app, { type: "custom" });
const { body } = await app.api.post<{ key: Credentials }>(`/v2/apps/${app.id}/integrations/${integrationId}/keys`, {
  displayName: "k",
});
const integrationKey = server.as(body.key);

/** The operations of the REST API, with a path at which nothing stands but the app. */
const rest = Object.entries<Route>(routes).flatMap(([operation, { routeKeys, scopes }]) =>
  scopes.includes("account")
    ? routeKeys.map((routeKey) => {
        const [method = "", path = ""] = routeKey.split(" ");
        return { operation, routeKey, method, path, allowed: scopes.includes("integration") };
      })
    : [],
);
const at = (path: string, appId: string) => path.replace("{appId}", appId).replaceAll(/\{\w+\+?\}/g, "0".repeat(24));

describe("the key of a custom integration", () => {
  test.each(rest)("at $routeKey is let in as the table of routes says: $allowed", async ({ method, path, allowed }) => {
    const { status } = await integrationKey.send(method, at(path, app.id));
    if (allowed) expect([200, 400, 404]).toContain(status);
    else expect(status).toBe(403);
  });

  test.each(rest)("at $routeKey of another app is let in nowhere", async ({ method, path }) => {
    expect((await integrationKey.send(method, at(path, other.id))).status).toBe(403);
  });

  test("may do what docs/api.md says, and nothing else", () => {
    const table = readFileSync(new URL("../../docs/api.md", import.meta.url), "utf8");
    const rows = [...table.matchAll(/^\| (\w+) +\|[^|]+\| ([\w, ]+?) +\|/gm)].map(
      ([, operation = "", callers = ""]) => [operation, callers.split(", ")] as const,
    );
    const documented = (allowed: boolean) =>
      rows.flatMap(([operation, callers]) =>
        callers.includes("account") && callers.includes("integration") === allowed ? [operation] : [],
      );
    const operations = (allowed: boolean) => [
      ...new Set(rest.filter((one) => one.allowed === allowed).map((one) => one.operation)),
    ];
    expect(documented(true).sort()).toEqual(operations(true).sort());
    expect(documented(false).sort()).toEqual(operations(false).sort());
  });
});
