import { describe, expect, test } from "vitest";
import { TokenBucket } from "../../lib/http/tokenBucket.ts";

const at = (seconds: number) => new Date(1_000_000 + seconds * 1000);

describe("a bucket of tokens", () => {
  test("lets through as many as it holds, then as many as have come back", () => {
    const bucket = new TokenBucket(3, 2);
    const take = (seconds: number) => bucket.take("a", at(seconds));
    expect([take(0), take(0), take(0), take(0)]).toEqual([true, true, true, false]);
    expect([take(0.5), take(0.5)]).toEqual([true, false]);
    // However long nobody came, there are no more than it holds.
    expect([take(60), take(60), take(60), take(60)]).toEqual([true, true, true, false]);
  });

  test("keeps what it did not give", () => {
    const bucket = new TokenBucket(4, 1);
    expect(bucket.take("a", at(0), 3)).toBe(true);
    expect(bucket.take("a", at(1), 3)).toBe(false);
    expect(bucket.take("a", at(2), 3)).toBe(true);
    expect(bucket.take("a", at(2))).toBe(false);
  });

  test("neither loses nor gains by requests that come out of their order", () => {
    const bucket = new TokenBucket(2, 1);
    expect([bucket.take("a", at(0.002)), bucket.take("a", at(0.001))]).toEqual([true, true]);
    expect([bucket.take("a", at(0.5)), bucket.take("a", at(0)), bucket.take("a", at(0.6))]).toEqual([
      false,
      false,
      false,
    ]);
    expect([bucket.take("a", at(1.1)), bucket.take("a", at(1.1))]).toEqual([true, false]);
  });

  test("gives all it holds for more than it can hold", () => {
    const bucket = new TokenBucket(2, 1);
    expect(bucket.take("a", at(0), 50)).toBe(true);
    expect(bucket.take("a", at(0))).toBe(false);
    expect(bucket.take("a", at(1), 50)).toBe(false);
    expect(bucket.take("a", at(2), 50)).toBe(true);
  });

  test("is each name's own", () => {
    const bucket = new TokenBucket(1, 1);
    expect([bucket.take("a", at(0)), bucket.take("b", at(0)), bucket.take("a", at(0))]).toEqual([true, true, false]);
  });

  test("of ten thousand others that ask once is not forgotten as long as its name asks again", () => {
    const bucket = new TokenBucket(1, 1);
    bucket.take("a", at(0));
    for (let name = 0; name < 30_000; name++) {
      bucket.take(`${name}`, at(0));
      if (name % 9_000 === 0) expect(bucket.take("a", at(0))).toBe(false);
    }
    expect(bucket.take("a", at(0))).toBe(false);
  });

  test("is forgotten alone, as the one that asked the longest ago", () => {
    const bucket = new TokenBucket(1, 1);
    for (let name = 0; name <= 10_000; name++) bucket.take(`${name}`, at(0));
    const remembered = Array.from({ length: 10_000 }, (_, index) => bucket.take(`${index + 1}`, at(0)));
    expect(remembered).not.toContain(true);
    expect(bucket.take("0", at(0))).toBe(true);
  });
});
