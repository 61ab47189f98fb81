import fc from "fast-check";
import { expect, test } from "vitest";
import { parseLosslessJson } from "../../../lib/channels/kit/losslessJson.ts";

const parse = (text: string): unknown => parseLosslessJson(Buffer.from(text));

test("two integers that JSON.parse confuses stay two", () => {
  expect(parse("[4912661846655238145,4912661846655238146]")).toEqual(["4912661846655238145", "4912661846655238146"]);
  expect(JSON.parse("4912661846655238145")).toBe(JSON.parse("4912661846655238146"));
});

test("integers up to 2^53 are numbers, beyond it their digits", () => {
  expect(parse("[9007199254740991,-9007199254740991]")).toEqual([9007199254740991, -9007199254740991]);
  expect(parse("[9007199254740992,-9007199254740993]")).toEqual(["9007199254740992", "-9007199254740993"]);
});

test("fractions and exponents are numbers, however many digits they have", () => {
  expect(parse("[1.12345678901234567890,12345678901234567890.5,1e1234567890123456789,1E-1234567890123456789]")).toEqual(
    [1.1234567890123457, Number("12345678901234567890.5"), Number.POSITIVE_INFINITY, 0],
  );
});

test("digits within strings and keys stay as they are, behind any number of backslashes", () => {
  const value = { "12345678901234567890": 'a\\" 12345678901234567890 \\\\', b: "\\", c: [1, "12345678901234567890"] };
  expect(parse(JSON.stringify(value))).toEqual(value);
});

test("what is no JSON is undefined, also with a long integer in it", () => {
  for (const text of [
    "",
    "{",
    '{"a":12345678901234567890',
    "[12345678901234567890 1]",
    '"12345678901234567890',
    "[012345678901234567890]",
  ])
    expect(parse(text)).toBeUndefined();
});

test("a byte order mark is passed over, and bytes that are no UTF-8 are replaced", () => {
  expect(parseLosslessJson(Buffer.from([0xef, 0xbb, 0xbf, 0x22, 0xff, 0x22]))).toBe("\ufffd");
});

test("whatever JSON.parse reads without such integers is read the same", () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      fc.pre(!/\d{16}/.test(text));
      expect(parse(text)).toEqual(JSON.parse(text));
    }),
  );
});

test("any strings around a long integer are read the same", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.string(), (before, after) => {
      const text = `{${JSON.stringify(`k${before}`)}:${JSON.stringify(before)},"n":12345678901234567890,"z":${JSON.stringify(after)}}`;
      expect(parse(text)).toEqual({ ...JSON.parse(text), n: "12345678901234567890" });
    }),
  );
});

test("a depth of a million does not overflow the stack", () => {
  expect(Array.isArray(parse(`${"[".repeat(1_000_000)}${"]".repeat(1_000_000)}`))).toBe(true);
});
