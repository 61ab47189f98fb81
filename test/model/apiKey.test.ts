import { describe, expect, test } from "vitest";
import { scopeOfKeyId } from "../../lib/model/apiKey.ts";

describe("the scope of a key's id", () => {
  const hexadecimal = "0123456789abcdef01234567";

  test.each([
    [`app_${hexadecimal}`, "app"],
    [`int_${hexadecimal}`, "integration"],
    ["act_a", "account"],
    [`act_${"Az09".repeat(16)}`, "account"],
  ])("%s is of scope %s", (id, scope) => {
    expect(scopeOfKeyId(id)).toBe(scope);
  });

  test.each([
    ...[
      `app_${hexadecimal}0`,
      `app_${hexadecimal.slice(1)}`,
      `app_${hexadecimal.toUpperCase()}`,
      `xapp_${hexadecimal}`,
    ],
    ...[
      `int_${hexadecimal}0`,
      `int_${hexadecimal.slice(1)}`,
      `int_${hexadecimal.toUpperCase()}`,
      `xint_${hexadecimal}`,
    ],
    ...["act_", `act_${"a".repeat(65)}`, "act_a-b", "xact_a", hexadecimal, ""],
  ])("%j claims none", (id) => {
    expect(scopeOfKeyId(id)).toBeUndefined();
  });
});
