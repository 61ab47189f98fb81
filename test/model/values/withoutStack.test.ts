import { expect, test } from "vitest";
import { withoutStack } from "../../../lib/model/values/withoutStack.ts";

const frames = (error: Error) => (error.stack ?? "").split("\n").slice(1);

test("An error is made without its stack, and the next one with it", () => {
  const error = withoutStack(() => new TypeError("taken"));
  expect(error).toMatchObject({ name: "TypeError", message: "taken" });
  expect(frames(error)).toEqual([]);
  expect(frames(new Error("other"))).not.toEqual([]);
});

test("Errors have their stacks again after one that could not be made", () => {
  const failing = () =>
    withoutStack(() => {
      throw new Error("not made");
    });
  expect(failing).toThrow("not made");
  expect(frames(new Error("other"))).not.toEqual([]);
});
