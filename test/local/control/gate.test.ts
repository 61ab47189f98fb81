import { expect, test } from "vitest";
import { gate } from "../../../lib/local/control/gate.ts";

/** A promise that the test resolves. */
const held = () => Promise.withResolvers<string>();

test("waits for what has passed, and lets nothing pass meanwhile", async () => {
  const { pass, close } = gate();
  const [first, order] = [held(), [] as string[]];
  const passed = pass(() => first.promise).then((name) => order.push(name));
  const closed = close(async () => order.push("closed"), 60_000);
  const late = pass(async () => order.push("late"));
  first.resolve("first");
  await Promise.all([passed, closed, late]);
  expect(order).toEqual(["first", "closed", "late"]);
});

test("waits for what does not end no longer than it has patience", async () => {
  const { pass, close } = gate();
  const endless = held();
  const passed = pass(() => endless.promise);
  expect(await close(async () => "closed", 1)).toBe("closed");
  endless.resolve("ended");
  expect(await passed).toBe("ended");
});

test("opens after a failure, and closes for one after another", async () => {
  const { pass, close } = gate();
  let inside = 0;
  const alone = () =>
    close(async () => {
      inside++;
      await Promise.resolve();
      expect(inside).toBe(1);
      inside--;
    }, 60_000);
  const failed = close(() => Promise.reject(new Error("no")), 60_000);
  await expect(failed).rejects.toThrow("no");
  await Promise.all([alone(), alone(), alone()]);
  expect(await pass(async () => "open")).toBe("open");
});
