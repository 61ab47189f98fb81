import { describe, expect, test } from "vitest";
import { type PageQuery, pageOf } from "../../lib/model/page.ts";

const all = ["a", "b", "c", "d", "e"];
const page = (query: PageQuery) => {
  const cut = pageOf(all, (record) => record, query);
  return cut && [cut.records.join(""), cut.hasPrevious, cut.hasNext];
};

describe("a page of a list", () => {
  test.each<[PageQuery, string, boolean, boolean]>([
    [{ size: 2 }, "ab", false, true],
    [{ size: 5 }, "abcde", false, false],
    [{ size: 9 }, "abcde", false, false],
    [{ size: 2, after: "a" }, "bc", true, true],
    [{ size: 2, after: "c" }, "de", true, false],
    [{ size: 2, after: "e" }, "", true, false],
    [{ size: 2, before: "d" }, "bc", true, true],
    [{ size: 2, before: "c" }, "ab", false, true],
    [{ size: 2, before: "b" }, "a", false, true],
    [{ size: 2, before: "a" }, "", false, true],
  ])("%j is %j, with others before: %j, after: %j", (query, records, hasPrevious, hasNext) => {
    expect(page(query)).toEqual([records, hasPrevious, hasNext]);
  });

  test("from a record that is not of the list is none", () => {
    expect(page({ size: 2, after: "x" })).toBeUndefined();
    expect(page({ size: 2, before: "x" })).toBeUndefined();
  });
});
