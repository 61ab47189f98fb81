import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { printLines } from "../../lib/local/terminal.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

test("lines of one moment are one write, in their order, and each moment has its own", async () => {
  const written = vi.spyOn(console, "log").mockImplementation(() => {});
  printLines("a");
  printLines();
  printLines("b", "c");
  expect(written).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(10);
  printLines("d");
  await vi.advanceTimersByTimeAsync(1_000);
  expect(written.mock.calls).toEqual([["a\nb\nc"], ["d"]]);
});

test("what is not written yet is when the process ends", () => {
  const written = vi.spyOn(console, "log").mockImplementation(() => {});
  printLines("last");
  for (const listener of process.listeners("exit")) if (listener.name === "print") listener(0);
  expect(written.mock.calls).toEqual([["last"]]);
});
