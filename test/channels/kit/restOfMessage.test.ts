import { describe, expect, test } from "vitest";
import { isInformative, rawBeside } from "../../../lib/channels/kit/restOfMessage.ts";

const fields = { ignored: new Set(["id", "text"]), kept: new Set(["replyTo"]) };
const text = { type: "text", text: "hi" } as const;

describe("beside a text", () => {
  test("nothing is kept of what it holds, nor of tokens, numbers and flags", () => {
    expect(
      rawBeside(text, { id: "1", text: "hi", token: "t".repeat(30), count: 1, flag: true }, fields),
    ).toBeUndefined();
  });

  test("known fields are kept whatever they look like, and others as far as they may say something", () => {
    const message = { id: "1", text: "hi", replyTo: "9".repeat(30), mood: { a: 1 }, token: "t".repeat(30) };
    expect(rawBeside(text, message, fields)).toEqual({ replyTo: "9".repeat(30), mood: { a: 1 } });
  });
});

test("beside a file all is kept, and instead of what cannot be translated", () => {
  const message = { id: "1", token: "t".repeat(30) };
  expect(rawBeside({ type: "file" }, message, fields)).toEqual(message);
  expect(rawBeside({ type: "unsupported" }, message, fields)).toEqual(message);
});

test.each([
  ["several words", true],
  ["yes", true],
  ["はい、お願いします", true],
  ["https://example.com/a-long-way-to-go", true],
  ['{"type":"flow","pages":[]}', true],
  [{ a: 1 }, true],
  [[1], true],
  ["Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4", false],
  ["0", false],
  ["true", false],
  ["", false],
  ["\u200b", false],
  [7, false],
  [true, false],
  [null, false],
  [undefined, false],
  [{}, false],
  [[], false],
])("an unknown field %j may say something: %s", (value, expected) => {
  expect(isInformative(value)).toBe(expected);
});
