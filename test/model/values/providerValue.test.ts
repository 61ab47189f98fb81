import { expect, test } from "vitest";
import {
  idOf,
  isoTimeOf,
  lineOf,
  localeOf,
  numberOf,
  textOf,
  timeOf,
  urlOf,
} from "../../../lib/model/values/providerValue.ts";

test("an id is a string or a whole number, exactly as it came", () => {
  expect([idOf("01234567890A="), idOf(" x "), idOf(1111111), idOf(0), idOf("é".repeat(512))]).toEqual([
    "01234567890A=",
    " x ",
    "1111111",
    "0",
    "é".repeat(512),
  ]);
});

test("what is empty, too long, malformed or no whole number is no id", () => {
  for (const value of [
    "",
    "x".repeat(1025),
    "é".repeat(513),
    "\ud800",
    1.5,
    2 ** 53,
    Number.NaN,
    null,
    undefined,
    {},
    [],
    true,
  ])
    expect(idOf(value)).toBeUndefined();
});

test("a text is cut between characters and made well formed", () => {
  expect(textOf("ab🐙", 3)).toBe("ab");
  expect(textOf("ab🐙", 4)).toBe("ab🐙");
  expect(textOf("a\udc00")).toBe("a\ufffd");
  expect(textOf(1)).toBeUndefined();
});

test("a line is trimmed, and one of white space is none", () => {
  expect([lineOf(" a b ", 10), lineOf("ab cd", 3), lineOf(" \u00a0\n", 10)]).toEqual(["a b", "ab", undefined]);
});

test("seconds and milliseconds, as numbers and as digits, are the same moment", () => {
  const moment = new Date("2025-06-08T20:59:43.000Z");
  for (const value of [1749416383, "1749416383", 1749416383000, "1749416383000"]) expect(timeOf(value)).toEqual(moment);
});

test("a time outside the years 1970 to 9999 is none", () => {
  for (const value of [0, -1, 1e300, Number.POSITIVE_INFINITY, "x", "4977069964384421269", null, 253402300800000])
    expect(timeOf(value)).toBeUndefined();
});

test("a written time without a zone is UTC", () => {
  const moment = new Date("2024-05-01T12:00:00.000Z");
  for (const value of ["2024-05-01T12:00:00+00:00", "2024-05-01 12:00:00", "2024-05-01T14:00:00+02:00"])
    expect(isoTimeOf(value)).toEqual(moment);
  for (const value of ["2024-13-01T12:00:00Z", "tomorrow", 7, ""]) expect(isoTimeOf(value)).toBeUndefined();
});

test("only web addresses are addresses", () => {
  expect(urlOf("http://avatar.example.com", 100)).toBe("http://avatar.example.com");
  for (const value of [
    "javascript:alert(1)",
    "https://",
    "https://a b",
    "https://\ud800",
    "x",
    `https://${"a".repeat(100)}`,
    null,
  ])
    expect(urlOf(value, 100)).toBeUndefined();
});

test("language tags and numbers are taken only in their form", () => {
  expect([localeOf("en"), localeOf("pt-BR"), localeOf("zh_Hant_TW"), localeOf("<b>"), localeOf("")]).toEqual([
    "en",
    "pt-BR",
    "zh_Hant_TW",
    undefined,
    undefined,
  ]);
  expect([numberOf("-73.5673"), numberOf(5), numberOf("1e5"), numberOf(""), numberOf(Number.NaN)]).toEqual([
    -73.5673,
    5,
    undefined,
    undefined,
    undefined,
  ]);
});
