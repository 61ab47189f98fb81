import { expect, test } from "vitest";
import {
  accepted,
  answered,
  jsonRequest,
  laterBecause,
  readOfApi,
  refusedFor,
  resultOfStatus,
  retryAfter,
} from "../../../lib/channels/kit/providerAnswer.ts";

const answer = (status: number, headers: Record<string, string> = {}, body = "") => ({ status, headers, body });

test.each([
  [200, "accepted", undefined],
  [202, "accepted", undefined],
  [302, "refused", "refused"],
  [400, "refused", "refused"],
  [401, "refused", "wrongCredentials"],
  [403, "refused", "notPermitted"],
  [404, "refused", "unreachable"],
  [413, "refused", "refused"],
  [408, "later", "expired"],
  [429, "later", "expired"],
  [500, "later", "expired"],
  [503, "later", "expired"],
])("status %i is %s, %s", (status, kind, reason) => {
  const result = resultOfStatus(answer(status));
  expect([result.kind, result.kind === "accepted" ? undefined : result.failure.reason]).toEqual([kind, reason]);
});

test("the wait is a number of seconds, or a date that counts from the answer's own", () => {
  const date = "Tue, 24 Nov 2026 08:00:00 GMT";
  expect(retryAfter(answer(429, { "retry-after": " 30 " }))).toBe(30);
  expect(retryAfter(answer(429, { "retry-after": "Tue, 24 Nov 2026 08:01:30 GMT", date }))).toBe(90);
  for (const wait of ["Tue, 24 Nov 2026 07:00:00 GMT", "soon", "-1", "", "99999999999"])
    expect(retryAfter(answer(429, { "retry-after": wait, date }))).toBeUndefined();
  expect(retryAfter(answer(429, { "retry-after": "Tue, 24 Nov 2026 08:01:30 GMT" }))).toBeUndefined();
  expect(resultOfStatus(answer(429, { "retry-after": "7" }))).toMatchObject({ kind: "later", seconds: 7 });
});

test("an answer's ids keep all their digits, and what is no JSON object is an empty one", () => {
  expect(answered(answer(200, {}, '{"id":4912661846655238145}'))).toEqual({ id: "4912661846655238145" });
  for (const body of ["", "<html>", "[1]", "null", '"x"']) expect(answered(answer(200, {}, body))).toEqual({});
});

test.each([
  [200, "{}", "accepted"],
  [204, "", "later"],
  [200, "<html>Log in</html>", "later"],
  [200, "[1]", "later"],
  [200, `{"a":"${"x".repeat(70_000)}`, "later"],
  [302, "{}", "later"],
  [400, "<html>", "refused"],
  [500, "", "later"],
])("an answer of status %i that is no API's is none of the channel's: %s", (status, body, kind) => {
  expect(readOfApi(answer(status, {}, body), resultOfStatus).kind).toBe(kind);
});

test("a failure's message is cut, and never empty", () => {
  expect(refusedFor("refused", "x".repeat(900)).failure.message).toHaveLength(500);
  for (const words of [undefined, "", " ", 7]) expect(laterBecause(words).failure.message).not.toBe("");
  expect(accepted(undefined, "a")).toEqual({ kind: "accepted", externalIds: ["a"] });
});

test("a JSON request says that it is one", () => {
  expect(jsonRequest("https://a.example/b", { c: 1 }, { authorization: "Bearer d" })).toEqual({
    method: "POST",
    url: "https://a.example/b",
    headers: { "content-type": "application/json", authorization: "Bearer d" },
    body: '{"c":1}',
  });
});
