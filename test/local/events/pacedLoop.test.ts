import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Found, pacedLoop } from "../../../lib/local/events/pacedLoop.ts";

describe("a paced loop", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());
  const pace = { first: 10, longest: 40, apart: 0 };

  /** Starts a loop whose rounds are counted and go as the test says. */
  function start(round: (index: number) => Found = () => "nothing", { apart = 0 } = {}) {
    const at: number[] = [];
    const faults: unknown[] = [];
    const began = Date.now();
    const loop = pacedLoop(
      async () => {
        at.push(Date.now() - began);
        return round(at.length - 1);
      },
      { ...pace, apart },
      (error) => faults.push(error),
    );
    return { at, faults, loop };
  }

  test("is settled by a round that began after the call and left nothing to do, or by its end", async () => {
    const found: Found[] = ["nothing", "more", "some", "nothing"];
    const { at, loop } = start((index) => found[index] ?? "nothing");
    await vi.advanceTimersByTimeAsync(0);
    const settled = loop.settle().then(() => at.length);
    await vi.advanceTimersByTimeAsync(0);
    expect(await settled).toBe(3);
    const waiting = loop.settle();
    await Promise.all([waiting, loop.stop()]);
    await loop.settle();
  });

  test("pauses the longer the longer there is nothing to do, up to a bound", async () => {
    const { at, loop } = start();
    await vi.advanceTimersByTimeAsync(155);
    expect(at).toEqual([0, 10, 30, 70, 110, 150]);
    await loop.stop();
  });

  test("goes on at once where there is something, or when it is kicked, and then pauses briefly again", async () => {
    const { at, loop } = start((index) => (index === 3 ? "more" : "nothing"));
    await vi.advanceTimersByTimeAsync(75);
    expect(at).toEqual([0, 10, 30, 70, 70]);
    await vi.advanceTimersByTimeAsync(20);
    expect(at.slice(5)).toEqual([80]);
    loop.kick();
    await vi.advanceTimersByTimeAsync(10);
    expect(at.slice(6)).toEqual([95, 105]);
    await loop.stop();
  });

  test("pauses briefly after a round that did all there was", async () => {
    const { at, loop } = start((index) => (index === 3 ? "some" : "nothing"));
    await vi.advanceTimersByTimeAsync(105);
    expect(at).toEqual([0, 10, 30, 70, 80, 100]);
    await loop.stop();
  });

  test("runs a few rounds at once, and keeps them apart where it is kicked all the time", async () => {
    const { at, loop } = start(() => "nothing", { apart: 20 });
    await vi.advanceTimersByTimeAsync(1_000);
    const before = at.length;
    for (let time = 0; time < 200; time++) {
      loop.kick();
      await vi.advanceTimersByTimeAsync(1);
    }
    const kicked = at.slice(before).map((time) => time - 1_000);
    // The idle look ten milliseconds before counts, too.
    expect(kicked).toEqual([0, 1, 10, 30, 50, 70, 90, 110, 130, 150, 170, 190]);
    await vi.advanceTimersByTimeAsync(1_000);
    const after = at.length;
    loop.kick();
    await vi.advanceTimersByTimeAsync(0);
    expect(at).toHaveLength(after + 1);
    await loop.stop();
  });

  test("keeps rounds apart also where each leaves more to do, and stops without waiting for its turn", async () => {
    const { at, loop } = start(() => "more", { apart: 20 });
    await vi.advanceTimersByTimeAsync(45);
    expect(at).toEqual([0, 0, 0, 20, 40]);
    await loop.stop();
    expect(at).toHaveLength(5);
  });

  test("runs another round if it is kicked during one", async () => {
    let open = () => {};
    let rounds = 0;
    const loop = pacedLoop(async () => {
      rounds++;
      if (rounds === 1)
        await new Promise<void>((resolve) => {
          open = resolve;
        });
      return "nothing";
    }, pace);
    loop.kick();
    open();
    await vi.advanceTimersByTimeAsync(0);
    expect(rounds).toBe(2);
    await loop.stop();
  });

  test("reports a round that throws, and makes it again after pauses of its own, which no kick shortens", async () => {
    const { at, faults, loop } = start((index) => {
      if (index < 3) throw new Error("The engine is gone.");
      return "nothing";
    });
    await vi.advanceTimersByTimeAsync(0);
    loop.kick();
    await vi.advanceTimersByTimeAsync(3_500);
    expect(at.slice(0, 4)).toEqual([0, 500, 1_500, 3_500]);
    expect(faults).toEqual(Array(3).fill(new Error("The engine is gone.")));
    await loop.stop();
  });

  test("stops after the round that runs, also while it waits after a failure", async () => {
    const idle = start();
    const failing = start(() => {
      throw new Error("The engine is gone.");
    });
    await vi.advanceTimersByTimeAsync(0);
    await Promise.all([idle.loop.stop(), failing.loop.stop()]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect([idle.at, failing.at]).toEqual([[0], [0]]);
  });
});
