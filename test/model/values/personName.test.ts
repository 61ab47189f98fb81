import { describe, expect, test } from "vitest";
import { channelPerson } from "../../../lib/channels/kit/channelPerson.ts";
import { firstLine, nameParts } from "../../../lib/model/values/personName.ts";

describe("a full name", () => {
  test.each([
    ["Ada", { givenName: "Ada" }],
    ["Ada Lovelace", { givenName: "Ada", surname: "Lovelace" }],
    ["Ada King Lovelace", { givenName: "Ada", surname: "King Lovelace" }],
    ["\u3164 Ada Lovelace", { givenName: "Ada", surname: "Lovelace" }],
    ["Ada \u200b", { givenName: "Ada" }],
    ["❤️ Ada", { givenName: "❤️", surname: "Ada" }],
    ["\u200f\u2800\ufe0f", {}],
    ["", {}],
    [undefined, {}],
    [1, {}],
  ])("%j is of the parts %j", (name, parts) => {
    expect(nameParts(name)).toStrictEqual(parts);
  });

  test.each([
    ["zero-width characters", "\u200b\u200c\u200d\u2060\ufeff"],
    ["Hangul's fillers", "\u3164\u115f\u1160\uffa0"],
    ["a blank of Braille", "\u2800"],
    ["marks and overrides of direction", "\u200e\u200f\u061c\u202e\u2066\u2069"],
    ["selectors of variation", "\ufe0f\u{e0100}\u180b"],
    ["a soft hyphen, a joiner of graphemes and tags", "\u00ad\u034f\u{e0041}"],
    ["spaces of every width", "\u00a0\u2003\u3000\u1680"],
    ["controls", "\u0000\u0007\u009f"],
    ["blanks of other scripts", "\u{1d159}\u{13441}\u17b4"],
    ["a mark without its letter", "\u0301"],
  ])("is none of %s alone, and one with a letter among them", (_, characters) => {
    const told = { externalId: "1", displayName: characters, givenName: characters, surname: characters };
    expect(channelPerson(told)).toStrictEqual({ externalId: "1", aliases: [] });
    expect(firstLine(characters, "@ada")).toBe("@ada");
    expect(firstLine(`${characters}A`)).toContain("A");
  });

  test.each(["Zoë", "漢字", "محمد", "👩‍👩‍👧", "❤️", "1", "...", "ㅋ"])("may be %s", (name) => {
    expect(channelPerson({ externalId: "1", displayName: name }).displayName).toBe(name);
  });

  test("is the first of several that can be one", () => {
    expect(firstLine(undefined, 1, "", "Ada", "Other")).toBe("Ada");
    expect(firstLine(undefined, " ")).toBeUndefined();
    expect(firstLine("x".repeat(2000))).toHaveLength(1024);
  });
});
