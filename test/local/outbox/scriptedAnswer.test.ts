import { expect, test } from "vitest";
import { readScript } from "../../../lib/local/outbox/scriptedAnswer.ts";

test.each([
  [{ channel: "smoke" }, "The channel has to be one of"],
  [{ channel: "constructor" }, "The channel has to be one of"],
  [{ times: 0 }, "times"],
  [{ times: 1.5 }, "times"],
  [{ status: "500" }, "status"],
  [{ status: 100 }, "status"],
  [{ headers: { "x-one": 1 } }, "headers"],
  [{ headers: ["x"] }, "headers"],
  [{ drop: "yes" }, "drop"],
  [{ retryAfter: "a\r\nb: c" }, "retryAfter"],
  [{ delayMilliseconds: -1 }, "delayMilliseconds"],
  [{ report: "lost" }, "delivered, read, failed, none"],
  [{ personId: 7 }, "personId"],
  [{ statsu: 500 }, "There is no field statsu"],
])("a script of %o is refused with a sentence that names %s", (fields, named) => {
  expect(() => readScript(fields)).toThrow(named);
});

test("a script holds what it was told, with a body of JSON as text", () => {
  expect(
    readScript({ channel: "line", status: 429, retryAfter: 3, body: { message: "slow" }, times: 2 }),
  ).toMatchObject({
    ...{ channel: "line", status: 429, times: 2, body: '{"message":"slow"}' },
    headers: { "retry-after": "3" },
  });
});
