import { expect, test } from "vitest";
import { internationalFormat } from "../../../lib/model/values/phoneNumber.ts";

test.each([
  ["+15140000000", "+1 514-000-0000"],
  ["15140000000", "+1 514-000-0000"],
  ["+436601234567", "+436601234567"],
  ["551234567890", "+551234567890"],
  ["+11140000000", "+11140000000"],
  ["72345", "72345"],
  ["MyBank", "MyBank"],
])("%s is shown as %s", (number, shown) => {
  expect(internationalFormat(number)).toBe(shown);
});
