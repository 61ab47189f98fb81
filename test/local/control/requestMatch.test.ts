import { expect, test } from "vitest";
import { agrees, readMatch } from "../../../lib/local/control/requestMatch.ts";

const request = (path: string, method = "GET") => ({ method, path, operation: () => "getUser" });

test.each([
  ["/v2/apps", "/v2/apps", true],
  ["/v2/apps", "/v2/app", false],
  ["/v2/apps/*/users", "/v2/apps/1/users", true],
  ["/v2/apps/*/users", "/v2/apps/users", false],
  ["/v2/apps/*/users/*", "/v2/apps/1/users/2", true],
  ["/v2/apps/*/users/*/clients", "/v2/apps/1/users/2", false],
  ["*", "/anything/at/all", true],
  ["*/users", "/v2/apps/1/users", true],
  ["a*a", "a", false],
  ["*a*a*", "a", false],
  ["*a*b*", "xxbxxaxx", false],
])("the path %s agrees with %s: %s", (path, asked, expected) => {
  expect(agrees({ path }, request(asked))).toBe(expected);
});

test("all that is given has to agree, and a preflight only where it is named", () => {
  expect(agrees({ method: "GET", operation: "getUser" }, request("/x"))).toBe(true);
  expect(agrees({ method: "POST", operation: "getUser" }, request("/x"))).toBe(false);
  expect(agrees({ operation: "getApp" }, request("/x"))).toBe(false);
  expect(agrees({}, request("/x", "OPTIONS"))).toBe(false);
  expect(agrees(readMatch({ method: "options" }), request("/x", "OPTIONS"))).toBe(true);
});

test("a pattern of many stars takes no time", () => {
  const started = performance.now();
  expect(agrees({ path: `${"*a".repeat(2_000)}b` }, request("a".repeat(4_000)))).toBe(false);
  expect(performance.now() - started).toBeLessThan(1_000);
});
