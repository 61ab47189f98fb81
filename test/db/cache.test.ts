import { describe, expect, test } from "vitest";
import { Cache } from "../../lib/db/cache.ts";

describe("a memory", () => {
  test("is good for a minute, and knows what it knew longer ago", () => {
    const cache = new Cache<object>();
    const value = {};
    cache.set("a", value, 1_000);
    expect([cache.get("a", 60_999), cache.get("a", 61_000)]).toEqual([value, undefined]);
    expect([cache.getStale("a"), cache.getStale("b"), cache.get("b", 0)]).toEqual([value, undefined, undefined]);
    cache.delete("a");
    expect([cache.get("a", 1_000), cache.getStale("a")]).toEqual([undefined, undefined]);
  });

  test("holds a thousand, and forgets one for each one more", () => {
    const cache = new Cache<object>();
    for (let name = 0; name < 1_000; name++) cache.set(`${name}`, {}, 0);
    expect(cache.get("0", 0)).toBeDefined();
    cache.set("1000", {}, 0);
    expect(["0", "1", "999", "1000"].map((name) => cache.get(name, 0))).toEqual([undefined, {}, {}, {}]);
  });
});
