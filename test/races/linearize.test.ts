import { describe, expect, test } from "vitest";
import { type Done, isLinearizable, type Step } from "./linearize.ts";

const steps: Readonly<Record<string, Step<string>>> = {
  write: (_, told) => (told === undefined ? ["a", "b"] : [told]),
  read: (state, told) => (told === undefined || told === state ? [state] : []),
};
const history = (...rows: readonly [string, number, number, string?][]): readonly Done[] =>
  rows.map(([operation, began, ended, told]) => ({ operation, began, ended, told }));

describe("a history is linearizable", () => {
  test.each([
    ["in one order", history(["write", 0, 1, "a"], ["read", 2, 3, "a"]), true],
    [
      "if a read that overlaps a write saw it or not",
      history(["write", 0, 9, "a"], ["read", 1, 2, ""], ["read", 3, 4, "a"]),
      true,
    ],
    ["not if a read goes back", history(["write", 0, 9, "a"], ["read", 1, 2, "a"], ["read", 3, 4, ""]), false],
    ["not if a read misses what was done", history(["write", 0, 1, "a"], ["read", 2, 3, ""]), false],
    [
      "if a write that nobody answered happened late",
      history(["write", 0, 1], ["read", 2, 3, ""], ["read", 4, 5, "b"]),
      true,
    ],
    ["if a write that nobody answered never happened", history(["write", 0, 1], ["read", 2, 3, ""]), true],
    ["not if nobody wrote what was read", history(["write", 0, 1, "a"], ["read", 2, 3, "c"]), false],
  ])("%s", (_, given, expected) => {
    expect(isLinearizable(given, steps, "")).toBe(expected);
  });
});
