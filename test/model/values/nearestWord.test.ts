import { expect, test } from "vitest";
import { nearestWord } from "../../../lib/model/values/nearestWord.ts";

const words = ["user get", "user list", "key list", "start", "failed", "--json", "--brand-id", "Web"];

test.each([
  ["a letter too many", "startt", "start"],
  ["a letter missing", "--jon", "--json"],
  ["another letter", "stard", "start"],
  ["two letters swapped", "strat", "start"],
  ["several small slips in a long word", "usr lst", "user list"],
  ["the beginning of a word", "fail", "failed"],
  ["another case", "web", "Web"],
  ["the word itself", "key list", "key list"],
])("%s is seen through", (_, misspelt, meant) => {
  expect(nearestWord(misspelt, words)).toBe(meant);
});

test.each(["", "x", "st", "frob", "user frob", "--yes", "everything else"])("%j is nothing that there is", (word) => {
  expect(nearestWord(word, words)).toBeUndefined();
});
