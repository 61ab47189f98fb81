import fc from "fast-check";
import { expect, test } from "vitest";
import { readMailbox } from "../../../lib/model/values/mailbox.ts";

test.each<[header: string, address: string, name?: string]>([
  ["bob@example.com", "bob@example.com"],
  ["<BOB@Example.COM>", "bob@example.com"],
  ["Bob  Smith <bob@example.com>", "bob@example.com", "Bob Smith"],
  ['"Smith, Bob" <bob@example.com>', "bob@example.com", "Smith, Bob"],
  ['"a\\"b\\\\c" <bob@example.com>', "bob@example.com", 'a"b\\c'],
  ['"<eve@example.com>" <bob@example.com>', "bob@example.com", "<eve@example.com>"],
  ["bob@example.com (Bob (the builder\\) ))", "bob@example.com"],
  ["Ünal 🐙 <ünal@exämple.com>", "ünal@exämple.com", "Ünal 🐙"],
  ["A <a@example.com>, B <b@example.com>", "a@example.com", "A"],
  ["Team: a@example.com, b@example.com;", "a@example.com"],
])("%s is from %s", (header, address, name) => {
  expect(readMailbox(header)).toEqual(name === undefined ? { address } : { address, name });
});

test.each(["", "bob", "@", "bob@", "@example.com", "a@b@c", "a b@c", "<>", "Bob <>", `${"a".repeat(320)}@b`])(
  "%s is from nobody",
  (header) => {
    expect(readMailbox(header)).toBeUndefined();
  },
);

test("a header of any kind is read without an exception", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom("a", "@", "<", ">", "(", ")", '"', "\\", ",", ":", ";", " ", "é") }),
      (header) => {
        expect(readMailbox(header)?.address ?? "a@b").toMatch(/^[^\s@]+@[^\s@]+$/);
      },
    ),
  );
});
