import { fc, test as property } from "@fast-check/vitest";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { metadata, profile, text, timestamp } from "../../../lib/http/schemas/schemas.ts";

const accepts = (schema: v.GenericSchema, value: unknown) => v.safeParse(schema, value).success;
/** Characters as a person counts them in JSON Schema: code points. */
const characters = (length: number) => fc.string({ unit: "binary", minLength: length, maxLength: length });
const whole = (value: string) => value.isWellFormed();

describe("a text of limited length", () => {
  property.prop(
    [fc.constantFrom<0 | 1>(0, 1), fc.integer({ min: 1, max: 20 }), fc.string({ unit: "binary", maxLength: 25 })],
    {
      numRuns: 500,
    },
  )("is accepted when it has as many characters, of whatever script, and no more", (min, max, value) => {
    const count = [...value].length;
    expect(accepts(text(min, max), value)).toBe(whole(value) && count >= min && count <= max);
  });

  property.prop([characters(1024).filter(whole)], { numRuns: 20 })("may be full to the last character", (value) => {
    expect(accepts(text(1, 1024), value)).toBe(true);
    expect(accepts(text(1, 1023), value)).toBe(false);
  });

  test.each(["\ud83d", "a\udc4b", "\udc4b\ud83d"])("is refused with half a character: %j", (value) => {
    expect(accepts(text(1, 10), value)).toBe(false);
  });

  property.prop([fc.anything().filter((value) => typeof value !== "string")])(
    "is a string and nothing else",
    (value) => {
      expect(accepts(text(0, 10), value)).toBe(false);
    },
  );
});

describe("metadata", () => {
  const flat = fc.oneof(
    fc.string(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.constant(null),
  );

  property.prop([fc.dictionary(fc.string(), flat)])(
    "is any flat object of strings, numbers, booleans and null",
    (value) => {
      expect(accepts(metadata, value)).toBe(true);
    },
  );

  property.prop([
    fc.dictionary(fc.string(), flat),
    fc.string(),
    fc.oneof(fc.array(flat), fc.dictionary(fc.string(), flat)),
  ])("has nothing within anything", (value, name, nested) => {
    // As JSON has it: an assignment to `__proto__` would not add a property.
    const whole = Object.fromEntries([...Object.entries(value), [name, nested]]);
    expect(accepts(metadata, whole)).toBe(false);
  });

  property.prop([
    fc.jsonValue().filter((value) => typeof value !== "object" || value === null || Array.isArray(value)),
  ])("is an object and nothing else", (value) => {
    expect(accepts(metadata, value)).toBe(false);
  });
});

describe("a time", () => {
  property.prop([fc.date({ noInvalidDate: true, min: new Date(0), max: new Date("9999-12-31T23:59:59.999Z") })])(
    "is accepted in the API's own form and answered the same",
    (date) => {
      expect(v.parse(timestamp, date.toISOString())).toBe(date.toISOString());
    },
  );

  property.prop([fc.string()])("is no other text", (value) => {
    expect(accepts(timestamp, value)).toBe(false);
  });

  test.each([
    ["2026-01-31T12:00:00+02:00", "2026-01-31T10:00:00.000Z"],
    ["2026-01-31T12:00Z", "2026-01-31T12:00:00.000Z"],
    ["2026-01-31T12:00:00.123456Z", "2026-01-31T12:00:00.123Z"],
  ])("%s is read as %s", (given, read) => {
    expect(v.parse(timestamp, given)).toBe(read);
  });

  test.each([
    "2026-13-01T00:00:00Z",
    "2026-01-32T00:00:00Z",
    "2026-01-31",
    "2026-01-31T25:00:00Z",
    "2026-02-30T00:00:00Z",
    "9999-12-31T23:59:59-01:00",
    "0000-01-01T00:00:00+01:00",
  ])("%s is none", (given) => {
    expect(accepts(timestamp, given)).toBe(false);
  });
});

describe("a profile", () => {
  test.each([
    ["givenName", 128],
    ["surname", 128],
    ["locale", 64],
  ])("has a %s of 1 to %i characters", (field, limit) => {
    for (const [value, accepted] of [
      ["", false],
      ["é".repeat(limit), true],
      ["👋".repeat(limit), true],
      ["👋".repeat(limit) + 1, false],
      [null, true],
    ] as const)
      expect(accepts(profile, { [field]: value })).toBe(accepted);
  });

  test("has an email of up to 128 and a URL of up to 2048 characters", () => {
    const domain = "@example.org";
    for (const [length, accepted] of [
      [128, true],
      [129, false],
    ] as const)
      expect(accepts(profile, { email: "a".repeat(length - domain.length) + domain })).toBe(accepted);
    const base = "https://example.org/";
    for (const [length, accepted] of [
      [2048, true],
      [2049, false],
    ] as const)
      expect(accepts(profile, { avatarUrl: base + "a".repeat(length - base.length) })).toBe(accepted);
  });
});
