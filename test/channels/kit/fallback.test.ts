import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  buttonLine,
  cutText,
  type Measure,
  openedBy,
  plainText,
  splitText,
  withButtonLines,
} from "../../../lib/channels/kit/fallback.ts";
import type { Content } from "../../../lib/model/message.ts";

const sizes: Readonly<Record<Measure, (text: string) => number>> = {
  units: (text) => text.length,
  characters: (text) => [...text].length,
  bytes: (text) => Buffer.byteLength(text),
};
const measures = Object.keys(sizes) as readonly Measure[];
const anyText = fc.string({ unit: fc.constantFrom("a", " ", "\n", "é", "漢", "🦊", "👩‍👩‍👧", "e\u0301", "\ud800") });

describe("plain text", () => {
  test.each<[Content, string]>([
    [
      { type: "text", text: "Hi", actions: [{ type: "link", text: "Go", uri: "https://a.example" }] },
      "Hi\nGo https://a.example",
    ],
    [{ type: "image", mediaUrl: "https://a.example/a.png" }, "https://a.example/a.png"],
    [{ type: "text", text: "", actions: [{ type: "postback", text: "Press", payload: "p" }] }, "Press"],
    [{ type: "template", template: {} }, "(template)"],
    [{ type: "unsupported" }, "(unsupported)"],
  ])("%j is %j", (content, expected) => {
    expect(plainText(content)).toBe(expected);
  });

  test("a button is a line with what it opens or costs", () => {
    expect(buttonLine({ type: "buy", text: "Buy", amount: 999 })).toBe("Buy (9.99 USD)");
    expect(buttonLine({ type: "postback", text: "More", payload: "m" })).toBe("More");
    expect(withButtonLines("", [{ type: "reply", text: "Yes", payload: "y" }])).toBe("Yes");
    expect(openedBy({ type: "webview", text: "Open", uri: "https://a.example", fallback: "https://b.example" })).toBe(
      "https://b.example",
    );
    expect(openedBy({ type: "reply", text: "Yes", payload: "y" })).toBeUndefined();
  });
});

describe("a text that is too long", () => {
  test("it is split at the end of a line, else of a word, else anywhere", () => {
    expect(splitText("one two\nthree four", { size: 12, in: "units" })).toEqual(["one two", "three four"]);
    expect(splitText("one two three", { size: 9, in: "units" })).toEqual(["one two", "three"]);
    expect(splitText("abcdefghij", { size: 4, in: "units" })).toEqual(["abcd", "efgh", "ij"]);
    expect(splitText(" \n ", { size: 4, in: "units" })).toEqual([]);
  });

  test("what a reader takes for one character stays whole", () => {
    expect(splitText("aa👩‍👩‍👧", { size: 5, in: "units" })).toEqual(["aa", "👩‍👩‍👧".slice(0, 5), "👩‍👩‍👧".slice(5)]);
    expect(splitText("aaa👩‍👩‍👧", { size: 9, in: "units" })).toEqual(["aaa", "👩‍👩‍👧"]);
    expect(cutText("ae\u0301bc", { size: 3, in: "characters" })).toBe("a…");
    expect(cutText("漢字", { size: 5, in: "bytes" })).toBe("…");
    expect(cutText("漢字", { size: 6, in: "bytes" })).toBe("漢字");
  });

  test.each(measures)("in %s: no part is longer than the limit, and all that shows is in the parts", (measure) => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 4, max: 30 }), (text, size) => {
        const limit = { size, in: measure };
        const parts = splitText(text, limit);
        for (const part of [...parts, cutText(text, limit)]) {
          expect(sizes[measure](part)).toBeLessThanOrEqual(size);
          expect(part.isWellFormed()).toBe(true);
        }
        const shown = (whole: string): string => whole.replace(/\s/g, "");
        expect(shown(parts.join(""))).toBe(shown(text.toWellFormed()));
      }),
    );
  });
});
