import { describe, expect, test } from "vitest";
import { referralOf } from "../../../lib/channels/kit/referral.ts";

describe("a referral", () => {
  test("has what the provider tells", () => {
    expect(referralOf({ code: "spring", source: "ADS", type: "OPEN_THREAD", adId: 6045246247433 })).toEqual({
      code: "spring",
      details: { source: "ADS", type: "OPEN_THREAD", adId: "6045246247433" },
    });
    expect(referralOf({ code: "spring" })).toStrictEqual({ code: "spring" });
    expect(referralOf({ source: "ADS" })).toStrictEqual({ details: { source: "ADS" } });
  });

  test.each([{}, { code: "" }, { code: 1, source: {}, type: null, adId: [] }])("of %j is none", (told) => {
    expect(referralOf(told)).toBeUndefined();
  });

  test("keeps the longest code that Meta allows, and no longer one", () => {
    expect(referralOf({ code: "x".repeat(3_000) })?.code).toHaveLength(2_083);
  });
});
