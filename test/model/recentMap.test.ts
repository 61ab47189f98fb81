import { describe, expect, test } from "vitest";
import { RecentMap } from "../../lib/model/recentMap.ts";

describe("a recent map", () => {
  test("forgets what was set the longest ago, and nothing else", () => {
    const map = new RecentMap<number>(3);
    for (const [value, name] of ["a", "b", "c"].entries()) map.set(name, value);
    map.set("a", 9);
    map.set("d", 3);
    expect(["a", "b", "c", "d"].map((name) => map.get(name))).toEqual([9, undefined, 2, 3]);
  });

  test("has room again for what was deleted", () => {
    const map = new RecentMap<number>(2);
    map.set("a", 0);
    map.set("b", 1);
    map.delete("a");
    map.set("c", 2);
    expect(["a", "b", "c"].map((name) => map.get(name))).toEqual([undefined, 1, 2]);
  });
});
