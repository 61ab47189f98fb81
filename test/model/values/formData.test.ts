import fc from "fast-check";
import { expect, test } from "vitest";
import { readFormData } from "../../../lib/model/values/formData.ts";

const type = "multipart/form-data; boundary=b";
const read = (body: string, contentType = type) => {
  const { fields, files } = readFormData(contentType, Buffer.from(body));
  return { fields: [...fields], files };
};
const field = (name: string, value: string): string =>
  `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;

test("without a multipart type a form is URL-encoded", () => {
  expect(read("a=1&a=2&b=%C3%A9+%F0%9F%90%99", "").fields).toEqual([
    ["a", "1"],
    ["a", "2"],
    ["b", "é 🐙"],
  ]);
});

test("fields keep their order, repeated names and line breaks", () => {
  expect(read(`${field("a", "1\r\n2")}${field("a", "")}${field("b", "x--b")}--b--`).fields).toEqual([
    ["a", "1\r\n2"],
    ["a", ""],
    ["b", "x--b"],
  ]);
});

test("a file is told from a field by its name, and only described", () => {
  const body = `--b\r\ncontent-type: image/png; x=y\r\nContent-Disposition: form-data; filename="a%22é.png"; name=f\r\n\r\n12345\r\n--b--`;
  expect(read(body)).toEqual({
    fields: [],
    files: [{ name: "f", fileName: 'a"é.png', mediaType: "image/png", bytes: 5 }],
  });
});

test("a part without a name is passed over", () => {
  expect(read(`--b\r\nX: y\r\n\r\n1\r\n--b\r\n\r\n2\r\n${field("a", "3")}--b--`).fields).toEqual([["a", "3"]]);
});

test("what follows the closing delimiter is not read", () => {
  expect(read(`${field("a", "1")}--b--\r\n${field("b", "2")}--b--`).fields).toEqual([["a", "1"]]);
});

test("a delimiter with something behind it ends the form", () => {
  expect(read(`${field("a", "1")}--bcd\r\n${field("b", "2")}--b--`).fields).toEqual([["a", "1"]]);
});

test("no more than a thousand parts are read", () => {
  expect(read(`${field("a", "1").repeat(1500)}--b--`).fields).toHaveLength(1000);
});

test.each([
  ["quoted", 'multipart/form-data; boundary="b"'],
  ["after another parameter and more spaces", " multipart/form-data ; charset=utf-8;  boundary=b"],
  ["in other letters", "Multipart/Form-Data;Boundary=b"],
])("the boundary may be %s", (_, contentType) => {
  expect(read(`${field("a", "1")}--b--`, contentType).fields).toEqual([["a", "1"]]);
});

test.each([
  ["of another type", "multipart/mixed; boundary=b"],
  ["of a type that begins otherwise", "x-multipart/form-data; boundary=b"],
  ["without a boundary", "multipart/form-data; x=b"],
  ["with a boundary of more than 256 characters", `multipart/form-data; boundary=${"b".repeat(257)}`],
])("a body %s is no form of several parts", (_, contentType) => {
  expect(read("a=1", contentType).fields).toEqual([["a", "1"]]);
});

test("a boundary of 256 characters is one", () => {
  const boundary = "b".repeat(256);
  const body = field("a", "1").replace("--b", `--${boundary}`);
  expect(read(`${body}--${boundary}--`, `multipart/form-data; boundary=${boundary}`).fields).toEqual([["a", "1"]]);
});

test("headers may be spelled in any letters and spaces, and stand in any order", () => {
  const part = (headers: string) => `--b\r\n${headers}\r\n\r\n1\r\n`;
  const disposition = "content-disposition:form-data; NAME=f; FileName=a";
  expect(read(`${part(`CONTENT-TYPE:image/png \r\n${disposition}`)}--b--`).files).toMatchObject([
    { name: "f", fileName: "a", mediaType: "image/png" },
  ]);
  expect(read(`${part(disposition)}--b--`).files).toMatchObject([{ mediaType: "text/plain" }]);
  expect(read(`${part(`X-Content-Type: image/png\r\n${disposition}`)}--b--`).files).toMatchObject([
    { mediaType: "text/plain" },
  ]);
  expect(read(`${part("X-Content-Disposition: form-data; name=a")}--b--`).fields).toEqual([]);
});

test("line breaks in a name are decoded", () => {
  expect(read(`${field("a%0D%0Ab%22", "1")}--b--`).fields).toEqual([['a\r\nb"', "1"]]);
});

test("a delimiter may be padded with white space, and the form may have something before it", () => {
  expect(read(`preamble\r\n${field("a", "1").replace("--b", "--b \t")}--b--`).fields).toEqual([["a", "1"]]);
});

test.each([
  ["without its end", '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1'],
  ["without an end of its headers", '--b\r\nContent-Disposition: form-data; name="a"\r\n--b--'],
  [
    "whose headers are more than 16 kB",
    `--b\r\nX: ${"x".repeat(16_384)}\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--b--`,
  ],
])("a part %s is not read", (_, body) => {
  expect(read(body)).toEqual({ fields: [], files: [] });
});

test("whatever fields are written are read", () => {
  const name = fc.stringMatching(/^[A-Za-z][\w-]{0,20}$/);
  fc.assert(
    fc.property(fc.array(fc.tuple(name, fc.string({ unit: "grapheme" }))), (written) => {
      fc.pre(written.every(([, value]) => !value.includes("--b")));
      const body = written.map(([key, value]) => field(key, value)).join("");
      expect(read(`${body}--b--`).fields).toEqual(written);
    }),
  );
});

test("bytes of any kind are read without an exception", () => {
  const bytes = fc.uint8Array({ maxLength: 200 });
  const lines = fc
    .array(fc.constantFrom("--b", "\r\n", "--", "Content-Disposition: form-data; name=", '"', "x", ";", " "))
    .map((parts) => Buffer.from(parts.join("")));
  fc.assert(
    fc.property(
      fc.oneof(bytes, lines),
      fc.constantFrom(type, "", 'multipart/form-data; boundary=""'),
      (body, contentType) => {
        expect(readFormData(contentType, Buffer.from(body)).files.length).toBeLessThan(1000);
      },
    ),
  );
});
