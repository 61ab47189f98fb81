import { describe, expect, test } from "vitest";
import {
  askedPause,
  decideNext,
  decideWhilePaused,
  isTaken,
  mayPass,
} from "../../../lib/events/webhooks/retryPolicy.ts";
import type { DeliveryAttempt } from "../../../lib/model/events/webhookDelivery.ts";

const start = Date.parse("2026-11-29T12:00:00.000Z");
const second = (seconds: number): Date => new Date(start + seconds * 1000);
const queuedAt = second(0).toISOString();

/** Attempts that ended as given, all begun after so many seconds. */
const attempts = (outcome: Pick<DeliveryAttempt, "status" | "error">, ...seconds: readonly number[]) =>
  seconds.map((begun) => ({ at: second(begun).toISOString(), milliseconds: 5, ...outcome }));
const decide = (made: readonly DeliveryAttempt[], now: number, { asked = 0, random = 0.5 } = {}) =>
  decideNext({ queuedAt, attempts: made }, asked, second(now), random);

describe("after an attempt", () => {
  test("every status from 200 to 299 is a delivery, and no other", () => {
    const taken = Array.from({ length: 500 }, (_, index) => 100 + index).filter((status) => isTaken({ status }));
    expect(taken).toEqual(Array.from({ length: 100 }, (_, index) => 200 + index));
    expect(decide(attempts({ status: 204 }, 0), 1)).toEqual({ kind: "delivered" });
  });

  test("400, 401, 403, 404 and 406 end it, and so does a target that is not allowed; everything else may pass", () => {
    const final = Array.from({ length: 500 }, (_, index) => 100 + index).filter(
      (status) => !isTaken({ status }) && !mayPass({ status }),
    );
    expect(final).toEqual([400, 401, 403, 404, 406]);
    for (const status of final) expect(decide(attempts({ status }, 0), 1)).toEqual({ kind: "failed" });
    expect(decide(attempts({ error: "target not allowed" }, 0), 1)).toEqual({ kind: "failed" });
    for (const error of ["timeout", "connection reset", "connection refused", "name not resolved"])
      expect(decide(attempts({ error }, 0), 1)).toMatchObject({ kind: "later" });
    for (const status of [301, 302, 307, 308, 402, 405, 408, 409, 410, 418, 422, 425, 429, 500, 502, 503, 504])
      expect(decide(attempts({ status }, 0), 1)).toMatchObject({ kind: "later" });
  });

  test("the pauses grow, 10, 40, 160 and 480 seconds, and the fifth attempt is the last", () => {
    const times = [0, 10, 50, 210, 690];
    const verdicts = times.map((now, index) => decide(attempts({ status: 500 }, ...times.slice(0, index + 1)), now));
    expect(verdicts).toEqual([
      { kind: "later", seconds: 10 },
      { kind: "later", seconds: 40 },
      { kind: "later", seconds: 160 },
      { kind: "later", seconds: 480 },
      { kind: "failed" },
    ]);
  });

  test("a pause varies by a fifth to either side", () => {
    const pause = (random: number) => decide(attempts({ status: 500 }, 0, 10), 11, { random });
    expect(pause(0)).toEqual({ kind: "later", seconds: 32 });
    expect(pause(1)).toEqual({ kind: "later", seconds: expect.closeTo(48) });
  });

  test("the last one begins before the 15 minutes end, however slow the target is", () => {
    const slow = attempts({ error: "timeout" }, 0, 32, 100, 312);
    expect(decide(slow, 332, { random: 1 })).toEqual({ kind: "later", seconds: 568 });
    expect(decide(slow, 900, { random: 1 })).toEqual({ kind: "failed" });
  });

  test("the 15 minutes are counted from the first attempt, not from a queue that was long", () => {
    expect(decide(attempts({ status: 500 }, 3600), 3601)).toEqual({ kind: "later", seconds: 10 });
  });

  test("a target that asks for more is given it, up to the end of the 15 minutes, and less changes nothing", () => {
    const asked = (seconds: number) => decide(attempts({ status: 429 }, 0), 1, { asked: seconds });
    expect(asked(60)).toEqual({ kind: "later", seconds: 60 });
    expect(asked(3)).toEqual({ kind: "later", seconds: 10 });
    expect(asked(86_400)).toEqual({ kind: "later", seconds: 899 });
  });
});

describe("Retry-After", () => {
  test.each([
    ["30", 30],
    ["0", 0],
    ["Sun, 29 Nov 2026 12:02:00 GMT", 120],
    ["Sunday, 29-Nov-26 12:02:00 GMT", 120],
    ["Sun Nov 29 12:02:00 2026 GMT", 120],
    ["Sun, 29 Nov 2026 11:00:00 GMT", 0],
    ["-5", 0],
    ["1.5", 0],
    ["soon", 0],
    ["", 0],
    ["99999999999999999999", 0],
  ])("of %j is %d seconds", (header, seconds) => {
    expect(askedPause(429, header, second(0))).toBe(seconds);
    expect(askedPause(503, header, second(0))).toBe(seconds);
  });

  test("is read of 429 and 503 alone", () => {
    expect([200, 301, 404, 500, 502].map((status) => askedPause(status, "30", second(0)))).toEqual([0, 0, 0, 0, 0]);
    expect(askedPause(429, undefined, second(0))).toBe(0);
  });
});

describe("while a target is paused", () => {
  test("a delivery comes back a little after the pause, and no attempt is counted", () => {
    expect(decideWhilePaused({ queuedAt, attempts: [] }, 30, second(5), 0)).toEqual({ kind: "later", seconds: 31 });
    expect(decideWhilePaused({ queuedAt, attempts: [] }, 30, second(5), 1)).toEqual({ kind: "later", seconds: 37 });
  });

  test("it comes back when its time ends, and fails then", () => {
    const late = { queuedAt, attempts: attempts({ status: 500 }, 0) };
    expect(decideWhilePaused(late, 300, second(890), 0)).toEqual({ kind: "later", seconds: 10 });
    expect(decideWhilePaused(late, 300, second(900), 0)).toEqual({ kind: "failed" });
  });
});
