import { expect, test } from "vitest";
import { eventFilter } from "../../../lib/api/eventFilter.ts";
import { matchesFilter } from "../../../lib/local/events/matchesFilter.ts";

test.each([
  ["user", true],
  ["conversation", true],
  ["message#1", true],
  ["message#", true],
  ["message", false],
  ["user#1", false],
  ["conversation#1", false],
  ["delivery#1", false],
  ["toString", false],
])("a record whose sort key is %s passes the filter before the publisher: %s", (sk, passes) => {
  const record = (key: object) => ({ dynamodb: { Keys: { pk: { S: "user" }, ...key } } });
  expect(matchesFilter(record({ sk: { S: sk } }), eventFilter)).toBe(passes);
  expect(matchesFilter(record({ sk: { N: sk } }), eventFilter)).toBe(false);
  expect(matchesFilter(record({}), eventFilter)).toBe(false);
});
