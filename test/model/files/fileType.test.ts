import { expect, test } from "vitest";
import { endingOf, typeOfBytes } from "../../../lib/model/files/fileType.ts";

test.each([
  ["89504e470d0a1a0a0000000d49484452", "image/png"],
  ["ffd8ffe000104a464946", "image/jpeg"],
  ["474946383961", "image/gif"],
  ["52494646240000005745425056503820", "image/webp"],
  ["424d3a0000000000000036000000", "image/bmp"],
  ["255044462d312e37", "application/pdf"],
  ["0000001c6674797069736f6d00000200", "video/mp4"],
  ["0000001c667479704d34412000000200", "audio/mp4"],
  ["4f67675300020000", "audio/ogg"],
  ["4944330300000000", "audio/mpeg"],
  ["fffb9064", "audio/mpeg"],
])("the bytes %s are of the type %s", (bytes, type) => {
  expect(typeOfBytes(Buffer.from(bytes, "hex"))).toBe(type);
});

test.each(["", "3c68746d6c3e", "504b0304", "524946462400000057415645", "89504e47"])(
  "the bytes %s tell no type",
  (bytes) => {
    expect(typeOfBytes(Buffer.from(bytes, "hex"))).toBeUndefined();
  },
);

test("a type has its ending, with parameters or without; another has none", () => {
  expect(endingOf("image/jpeg")).toBe(".jpg");
  expect(endingOf("Audio/OGG; codecs=opus")).toBe(".ogg");
  expect(endingOf("application/x-unknown")).toBe("");
  expect(endingOf(undefined)).toBe("");
});
