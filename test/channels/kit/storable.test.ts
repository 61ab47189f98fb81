import fc from "fast-check";
import { expect, test } from "vitest";
import { shortened, storable } from "../../../lib/channels/kit/storable.ts";

test("an ordinary value is copied as it is", () => {
  const value = { a: [1, -0.5, "é🐙", true, null, { b: {} }], c: Number.MAX_SAFE_INTEGER };
  expect(storable(value)).toEqual(value);
});

test("numbers that the table cannot hold become strings", () => {
  expect(storable([1e300, -1e300, 2 ** 53, 1e-200, Number.POSITIVE_INFINITY])).toEqual([
    "1e+300",
    "-1e+300",
    "9007199254740992",
    "1e-200",
    "Infinity",
  ]);
});

test("the keys __proto__ and the empty one are left out", () => {
  expect(Object.entries(storable(JSON.parse('{"__proto__":{"a":1},"":2,"b":3}')) ?? {})).toEqual([["b", 3]]);
});

test("what is too deep is null, what is too wide or long is cut, what is still too large is absent", () => {
  let deep: unknown = 1;
  for (let level = 0; level < 100; level += 1) deep = [deep];
  expect(JSON.stringify(storable(deep))).toBe(`${"[".repeat(12)}null${"]".repeat(12)}`);
  expect(storable(Array.from({ length: 1000 }, () => 1))).toHaveLength(256);
  expect(storable("x".repeat(10_000))).toHaveLength(8192);
  expect(storable(["x".repeat(8192), "x".repeat(8192), "x".repeat(8192), "x".repeat(8192), "x"])).toBeUndefined();
});

test("whatever JSON there is, the copy is JSON of at most 32 KB", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(JSON.stringify(storable(value) ?? null).length).toBeLessThanOrEqual(32_768);
    }),
  );
});

test("shortened instead, what is too large keeps as much as fits", () => {
  const said = {
    text: "x".repeat(8192),
    parts: Array.from({ length: 100 }, (_, index) => `${index} ${"y".repeat(2000)}`),
  };
  expect(storable(said)).toBeUndefined();
  expect(shortened(said)).toMatchObject({ text: "x".repeat(128), parts: { length: 16 } });
  expect(shortened({ a: 1 })).toEqual({ a: 1 });
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 20 }), fc.integer({ min: 0, max: 400 }), (value, times) => {
      const large = {
        many: Array(times).fill(value),
        wide: Object.fromEntries(
          Array(times)
            .fill(0)
            .map((_, at) => [`${at}${"k".repeat(300)}`, value]),
        ),
      };
      expect(JSON.stringify(shortened(large)).length).toBeLessThanOrEqual(32_768);
    }),
    { numRuns: 50 },
  );
});
