import { expect, test } from "vitest";
import { idPattern, newId, newSecret } from "../../lib/model/id.ts";

test("ids are of 24 hexadecimal characters, in the order of their making, and never the same", () => {
  const times = ["1970-01-01T00:00:00.001Z", "2001-09-09T01:46:40.000Z", "2026-01-01T00:00:00.000Z"];
  const ids = [...times, "2026-01-01T00:00:00.001Z"].map((time) => newId(new Date(time)));
  for (const id of ids) expect(id).toMatch(idPattern);
  expect(ids.toSorted()).toEqual(ids);
  const now = new Date();
  expect(new Set(Array.from({ length: 100 }, () => newId(now))).size).toBe(100);
});

test.each([
  "0123456789abcdef0123456",
  "0123456789abcdef012345678",
  "0123456789ABCDEF01234567",
  " 123456789abcdef01234567",
])("%j is no id", (id) => {
  expect(idPattern.test(id)).toBe(false);
});

test("secrets are 256 random bits", () => {
  expect(newSecret()).toMatch(/^[\w-]{43}$/);
  expect(newSecret()).not.toBe(newSecret());
});
