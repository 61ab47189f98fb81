import { expect, test } from "vitest";
import { tableSupply } from "../../../lib/local/control/tableSupply.ts";

/** A supply that makes tables of numbers; `made` and `dropped` list them in their order. */
function numbered(fails: (number: number) => boolean = () => false) {
  const [made, dropped]: [string[], string[]] = [[], []];
  const supply = tableSupply({
    async make(items: readonly string[]) {
      const name = `${made.length}${items.join("")}`;
      made.push(name);
      if (fails(made.length - 1)) throw new Error("The engine is gone.");
      return name;
    },
    drop: async (name) => void dropped.push(name),
  });
  return { ...supply, made, dropped };
}

test("has a table before it is asked for, and no more than that one", async () => {
  const { prepare, take, made } = numbered();
  prepare();
  prepare();
  await Promise.resolve();
  expect(made).toEqual(["0"]);
  expect([await take(), made.length]).toEqual(["0", 1]);
});

test("makes one at once where none is at hand, and again after a failure", async () => {
  const { take, made } = numbered((number) => number === 0);
  await expect(take()).rejects.toThrow("gone");
  expect([await take(), await take(), made.length]).toEqual(["1", "2", 3]);
});

test("gives up the table at hand where a reset is to have other items", async () => {
  const { prepare, base, take } = numbered();
  prepare();
  const forgotten = Promise.withResolvers<string>();
  base(["a"], forgotten.resolve);
  expect(await take()).toBe("1a");
  expect(await forgotten.promise).toBe("0");
  expect(await take(["x"])).toBe("2x");
});

test("makes and drops nothing once it is stopped", async () => {
  const { prepare, drop, stop, made, dropped } = numbered();
  drop("old");
  await stop();
  prepare();
  drop("older");
  await stop();
  expect([made, dropped]).toEqual([[], ["old"]]);
});
