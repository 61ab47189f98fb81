import { describe, expect, test } from "vitest";
import { canRunScript, isLinkAddress, isWebAddress } from "../../../lib/http/schemas/webAddress.ts";

const ofTheWeb = ["https://example.org/a?b=c", "http://localhost:3000", "HTTPS://EXAMPLE.ORG"];
const toReachSomebody = ["mailto:jane@example.org", "tel:+15145550123", "sms:+15145550123?body=Hi"];
const others = [
  "javascript:alert(1)",
  "JavaScript:alert(1)",
  " javascript:alert(1)",
  "java\nscript:alert(1)",
  "data:text/html,<script>alert(1)</script>",
  "vbscript:x",
  "file:///etc/passwd",
  "blob:https://example.org/1",
  "ftp://example.org",
  "/a",
  "//example.org",
  "example.org",
  "",
];

describe("an address", () => {
  test.each(ofTheWeb)("%s is of the web, and a person may follow it", (address) => {
    expect([isWebAddress(address), isLinkAddress(address)]).toEqual([true, true]);
  });

  test.each(toReachSomebody)("%s is not of the web, but a person may follow it", (address) => {
    expect([isWebAddress(address), isLinkAddress(address)]).toEqual([false, true]);
  });

  test.each(others)("%j is neither", (address) => {
    expect([isWebAddress(address), isLinkAddress(address)]).toEqual([false, false]);
  });
});

test.each([
  ...ofTheWeb,
  ...toReachSomebody,
  "myapp:data:7",
  "database://x",
  "/javascript:x",
  "javascript",
  "",
  "x".repeat(100_000),
])("%s runs no script", (address) => {
  expect(canRunScript(address)).toBe(false);
});

test.each([
  "javascript:x",
  "\u0001 \u2028JAVASCRIPT:x",
  "da\tta:text/html,x",
  "\u200bvbscript:x",
  "filesystem:https://a/b",
  "view-source:javascript:x",
  "feed:feed:javascript:x",
  "\u3164javascript:x",
  "j\u00adavascript:x",
])("%j can run script", (address) => {
  expect(canRunScript(address)).toBe(true);
});
