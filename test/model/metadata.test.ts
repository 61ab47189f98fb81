import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { apiError } from "../../lib/model/apiError.ts";
import { mergeMetadata } from "../../lib/model/metadata.ts";

const values = fc.oneof(fc.string(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean());
const kept = fc.dictionary(fc.string(), values);
const change = fc.dictionary(fc.string(), fc.option(values));

describe("merging metadata", () => {
  property.prop([kept, change])(
    "sets what the change says, clears what is null, and leaves the rest",
    (current, next) => {
      const merged = mergeMetadata(current, next, "User");
      for (const name of new Set([...Object.keys(current), ...Object.keys(next)])) {
        const expected = Object.hasOwn(next, name) ? next[name] : current[name];
        expect(Object.hasOwn(merged, name)).toBe(expected !== null);
        if (expected !== null) expect(merged[name]).toBe(expected);
      }
    },
  );

  // Of the 4096 bytes, the JSON around the value takes eight: {"a":""}.
  test.each([
    ["x", 4088],
    ["é", 2044],
    ["👋", 1022],
    // A quotation mark is escaped.
    ['"', 2044],
  ])("is limited to 4096 bytes, as UTF-8 of JSON: of %s, there may be %i", (character, count) => {
    const full = { a: character.repeat(count) };
    expect(mergeMetadata({}, full, "User")).toEqual(full);
    expect(() => mergeMetadata({}, { a: `${full.a}x` }, "User")).toThrow(
      apiError.badRequest("User metadata is limited to 4096 bytes in size."),
    );
  });

  test("counts what results: a change may make room for itself", () => {
    const full = { a: "x".repeat(4088) };
    expect(() => mergeMetadata(full, { b: 1 }, "User")).toThrow("limited to 4096 bytes");
    expect(mergeMetadata(full, { a: null, b: 1 }, "User")).toEqual({ b: 1 });
  });
});
