import { describe, expect, test } from "vitest";
import { webhookStateKey } from "../../../lib/db/keys.ts";
import {
  passTarget,
  readTargetState,
  rememberFailure,
  reopenTarget,
  stateAfterFailure,
  type TargetState,
} from "../../../lib/db/pauses/targetPause.ts";
import { getItem } from "../../../lib/db/readItems.ts";
import { newTable } from "../../support/newTable.ts";

const db = await newTable();
const start = Date.parse("2026-11-29T12:00:00.000Z");
const second = (seconds: number): Date => new Date(start + seconds * 1000);
const target = "https://receiver.example.com/events?token=hidden";
const fresh = readTargetState(undefined, target);
let count = 0;
const newOwner = () => ({ key: webhookStateKey("a".repeat(24), String(count++).padStart(24, "0")), name: target });
type Owner = ReturnType<typeof newOwner>;
const stored = async ({ key }: Owner, of = target) => readTargetState(await getItem(db, key), of);
const failed = (seconds: number, { isProbe = false, askedSeconds = 0 } = {}) => ({
  isProbe,
  askedSeconds,
  now: second(seconds),
});

/** Fails so often in a row, a second apart. */
async function fail(owner: Owner, times: number): Promise<TargetState> {
  let state = fresh;
  for (let at = 0; at < times; at++) state = await rememberFailure(db, owner, state, failed(at));
  return state;
}

describe("a target", () => {
  test("of which nothing is known is open, and a success writes nothing", async () => {
    const owner = newOwner();
    expect(await passTarget(db, owner, fresh, second(0))).toEqual({ kind: "open" });
    await reopenTarget(db, owner, fresh);
    expect(await stored(owner)).toBe(fresh);
  });

  test("stays open after four failures in a row, and is paused for 30 seconds after the fifth", async () => {
    const owner = newOwner();
    const four = await fail(owner, 4);
    expect(await stored(owner)).toEqual(four);
    expect(await passTarget(db, owner, four, second(4))).toEqual({ kind: "open" });
    const five = await rememberFailure(db, owner, four, failed(4));
    expect(await passTarget(db, owner, five, second(5))).toEqual({ kind: "paused", seconds: 29 });
    expect(await passTarget(db, owner, await stored(owner), second(33.5))).toEqual({ kind: "paused", seconds: 0.5 });
  });

  test("is forgotten by a success, however often it failed", async () => {
    const owner = newOwner();
    const state = await fail(owner, 7);
    expect(await reopenTarget(db, owner, state)).toBe(fresh);
    expect(await stored(owner)).toBe(fresh);
  });

  test("after a pause is probed by one delivery at a time, of any number at once", async () => {
    const owner = newOwner();
    const state = await fail(owner, 5);
    const passages = await Promise.all(Array.from({ length: 8 }, () => passTarget(db, owner, state, second(40))));
    expect(passages.filter(({ kind }) => kind === "probe")).toHaveLength(1);
    expect(passages.filter(({ kind }) => kind === "paused")).toHaveLength(7);
    // Who reads the state now knows of the probe; if nothing came of it, another follows.
    expect(await passTarget(db, owner, await stored(owner), second(50))).toEqual({ kind: "paused", seconds: 15 });
    expect(await passTarget(db, owner, await stored(owner), second(66))).toEqual({ kind: "probe" });
  });

  test("is paused for twice as long by each failed probe, for five minutes at most", () => {
    let state = Array.from({ length: 5 }).reduce<TargetState>((last) => stateAfterFailure(last, failed(0)), fresh);
    const pauses = [((state.pausedUntil ?? 0) - start) / 1000];
    for (let probe = 1; probe <= 6; probe++) {
      const now = ((state.pausedUntil ?? 0) - start) / 1000;
      state = stateAfterFailure(state, failed(now, { isProbe: true }));
      pauses.push(((state.pausedUntil ?? 0) - start) / 1000 - now);
    }
    expect(pauses).toEqual([30, 60, 120, 240, 300, 300, 300]);
  });

  test("of which eight deliveries fail at once failed once", async () => {
    const owner = newOwner();
    await Promise.all(Array.from({ length: 8 }, () => rememberFailure(db, owner, fresh, failed(0))));
    expect(await stored(owner)).toMatchObject({ failures: 1 });
  });

  test("that asks for a pause has it at once, up to five minutes, and needs no probe then", async () => {
    const owner = newOwner();
    const state = await rememberFailure(db, owner, fresh, failed(0, { askedSeconds: 60 }));
    expect(await passTarget(db, owner, state, second(20))).toEqual({ kind: "paused", seconds: 40 });
    expect(await passTarget(db, owner, state, second(61))).toEqual({ kind: "open" });
    const long = stateAfterFailure(fresh, failed(0, { askedSeconds: 86_400 }));
    expect(long.pausedUntil).toBe(start + 300_000);
  });

  test("is known by its URL, which its state does not show", async () => {
    const owner = newOwner();
    await fail(owner, 5);
    expect(await stored(owner, "https://receiver.example.com/other")).toBe(fresh);
    expect(JSON.stringify(await getItem(db, owner.key))).not.toContain("hidden");
  });

  test("is remembered for a day", async () => {
    const owner = newOwner();
    await fail(owner, 1);
    const item = await getItem(db, owner.key);
    expect(item?.expiresAt).toBe(start / 1000 + 86_400);
  });
});
