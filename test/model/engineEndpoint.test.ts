import { describe, expect, test } from "vitest";
import { readEndpoint } from "../../lib/model/engineEndpoint.ts";

describe("an engine's endpoint", () => {
  test.each([
    ["http://127.0.0.1:8000", "http://127.0.0.1:8000", "local"],
    ["https://db.example.org/", "https://db.example.org/", "local"],
    ["http://abc123@127.0.0.1:8000", "http://127.0.0.1:8000", "abc123"],
    ["http://[::1]:8000", "http://[::1]:8000", "local"],
  ])("%s is %s, called with the access key %s", (text, endpoint, accessKeyId) => {
    expect(readEndpoint(text)).toEqual({ endpoint, accessKeyId });
  });
});
