import { expect, test } from "vitest";
import { partOf } from "../../../lib/model/files/filePart.ts";

const file = Buffer.from("0123456789");
const part = (range?: string, ifRange?: string) => {
  const { status, bytes, headers } = partOf(file, range, ifRange);
  return [status, bytes.toString(), headers["content-range"]];
};

test.each([
  ["bytes=0-3", "0123", "0-3"],
  ["bytes=4-4", "4", "4-4"],
  ["bytes=7-", "789", "7-9"],
  ["bytes=7-99", "789", "7-9"],
  ["bytes=-2", "89", "8-9"],
  ["bytes=-99", "0123456789", "0-9"],
  [" Bytes=0-0 ", "0", "0-0"],
])("the range %s is a part", (range, bytes, shown) => {
  expect(part(range)).toEqual([206, bytes, `bytes ${shown}/10`]);
});

test.each(["bytes=10-", "bytes=10-12", "bytes=-0", "bytes=999999999999999-"])(
  "the range %s is beyond the end",
  (range) => {
    expect(part(range)).toEqual([416, "", "bytes */10"]);
  },
);

test.each([
  undefined,
  "",
  "bytes=-",
  "bytes=3-1",
  "bytes=0-1,4-5",
  "items=0-1",
  "bytes=a-b",
  "bytes=0-1x",
  "bytes=1.5-2",
])("%s is no range: the file is whole", (range) => {
  expect(part(range)).toEqual([200, "0123456789", undefined]);
});

test("a range on the condition that the file is the same is the whole file", () => {
  expect(part("bytes=0-3", '"etag"')).toEqual([200, "0123456789", undefined]);
});
