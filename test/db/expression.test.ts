import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Db, Item } from "../../lib/db/db.ts";
import {
  absent,
  and,
  at,
  type Changes,
  type Condition,
  compare,
  equals,
  exists,
  increment,
  lacks,
  missing,
  or,
  present,
  sizeIs,
  writeExpressions,
} from "../../lib/db/expression.ts";
import { getItem } from "../../lib/db/readItems.ts";
import { putItem, updateItem } from "../../lib/db/writeItems.ts";
import { newTable } from "../support/newTable.ts";

let db: Db;
beforeAll(async () => {
  db = await newTable();
});

const key = { pk: "a", sk: "b" };
/** An item with a reserved word and names that would be syntax among its attributes. */
const item: Item = {
  ...key,
  name: "Ada",
  count: 2,
  tags: new Set(["a", "b"]),
  participants: { "a.b": { unreadCount: 1 }, "#n0": { unreadCount: 2 } },
};
beforeEach(() => putItem(db, item));

describe("a condition", () => {
  test.each<[string, Condition, boolean]>([
    ["an attribute that is there", exists("name"), true],
    ["an attribute that is missing", exists("none"), false],
    ["that an attribute is missing, which is", missing("none"), true],
    ["that an attribute is missing, which is there", missing("name"), false],
    ["an item", present, true],
    ["no item", absent, false],
    ["a value that is this", equals("name", "Ada"), true],
    ["a value that is another", equals("name", "Eve"), false],
    ["a set that is this", equals("tags", new Set(["b", "a"])), true],
    ["a number below another", compare("count", "<", 3), true],
    ["a number below itself", compare("count", "<", 2), false],
    ["a value other than this", compare("name", "<>", "Eve"), true],
    ["a smaller set", sizeIs("tags", "<", 3), true],
    ["a larger set", sizeIs("tags", ">", 2), false],
    ["a set without a member", lacks("tags", "c"), true],
    ["a set with a member", lacks("tags", "a"), false],
    ["no such set, which lacks every member", lacks("none", "a"), true],
    ["a value inside of maps, by names with any character", equals(at("participants", "a.b", "unreadCount"), 1), true],
    ["a value inside of maps that is another", equals(at("participants", "#n0", "unreadCount"), 1), false],
    ["both of two that hold", and(exists("name"), equals("count", 2)), true],
    ["both of two, of which one holds", and(exists("name"), equals("count", 3)), false],
    ["what is left of none", and(undefined, exists("name")), true],
    ["one of two, of which one holds", or(missing("name"), equals("count", 2)), true],
    ["one of two, of which none holds", or(missing("name"), equals("count", 3)), false],
    ["one of two and another", and(or(missing("name"), exists("count")), missing("tags")), false],
    ["both of two, or another", or(and(missing("name"), exists("count")), exists("tags")), true],
  ])("on %s", async (_, condition, holds) => {
    expect(await putItem(db, item, condition)).toEqual(holds ? { done: true } : { done: false, existing: item });
  });
});

describe("a change", () => {
  test.each<[string, Changes, Item]>([
    ["sets an attribute", { set: { name: "Eve", size: 1 } }, { ...item, name: "Eve", size: 1 }],
    ["removes an attribute", { set: { name: undefined } }, { ...item, name: undefined }],
    ["adds to a number, or takes from it", { set: { count: increment(-3) } }, { ...item, count: -1 }],
    ["adds members to a set", { add: { tags: new Set(["c"]) } }, { ...item, tags: new Set(["a", "b", "c"]) }],
    ["makes the set that it adds to", { add: { more: new Set(["c"]) } }, { ...item, more: new Set(["c"]) }],
    ["takes members out of a set", { remove: { tags: new Set(["b", "x"]) } }, { ...item, tags: new Set(["a"]) }],
    [
      "reaches into maps",
      {
        set: {
          [at("participants", "a.b", "unreadCount")]: increment(1),
          [at("participants", "#n0")]: undefined,
          [at("participants", "c")]: { unreadCount: 0 },
        },
      },
      { ...item, participants: { "a.b": { unreadCount: 2 }, c: { unreadCount: 0 } } },
    ],
    [
      "does all of these at once",
      {
        set: { name: "Eve", count: undefined },
        add: { more: new Set(["c"]) },
        remove: { tags: new Set(["a"]) },
      },
      { ...item, name: "Eve", count: undefined, more: new Set(["c"]), tags: new Set(["b"]) },
    ],
  ])("%s", async (_, changes, expected) => {
    expect(await updateItem(db, key, changes, equals("name", "Ada"))).toEqual({ done: true });
    expect(await getItem(db, key)).toEqual(expected);
  });
});

test("a request has no part that would be empty, which DynamoDB refuses", () => {
  expect(writeExpressions(undefined)).toEqual({});
  expect(writeExpressions(and())).toEqual({});
  expect(writeExpressions(exists("name"))).toEqual({
    ConditionExpression: "attribute_exists(#n0)",
    ExpressionAttributeNames: { "#n0": "name" },
  });
});
