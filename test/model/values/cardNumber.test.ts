import { describe, expect, test } from "vitest";
import { maskCardNumbers } from "../../../lib/model/values/cardNumber.ts";

describe("masking payment cards", () => {
  test.each([
    ["4111111111111111", "************1111"],
    ["Card 4111-1111-1111-1111, thanks", "Card ****-****-****-1111, thanks"],
    ["3782 822463 10005", "**** ****** *0005"],
    // The shortest and the longest numbers there are: 13 and 19 digits.
    ["4222222222222", "*********2222"],
    ["6304000000000000000", "***************0000"],
    ["one 4111111111111111 and 5500005555555559", "one ************1111 and ************5559"],
  ])("hides all but the last four digits: %s", (text, masked) => {
    expect(maskCardNumbers(text)).toBe(masked);
  });

  test.each([
    // Fails the check of Luhn.
    "4111111111111112",
    // Of 12 and of 20 digits; both pass the check.
    "411111111117",
    "63040000000000000000",
    "4111  1111  1111  1111",
    "4111.1111.1111.1111",
    "",
  ])("leaves alone what is no card's number: %j", (text) => {
    expect(maskCardNumbers(text)).toBe(text);
  });
});
